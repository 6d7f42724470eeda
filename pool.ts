Deno.exit(await (await import("./src/cli/mod.ts")).main(["run", ...Deno.args]));
