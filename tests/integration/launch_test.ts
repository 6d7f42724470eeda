import assert from "node:assert/strict";
import { inFolder } from "../support/command_line.ts";

const ADDRESS = "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs";
const ROOT = new URL("../..", import.meta.url).pathname;

/** As `deno task pool` starts it. */
function launched(argv: readonly string[]): Deno.ChildProcess {
  const allowed = ["--allow-read", "--allow-env", "--allow-run"];
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--no-check", ...allowed, "main.ts", "launch", ...argv],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function ended(argv: readonly string[]): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await launched(argv).output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

Deno.test("one short command: permissions are worked out, exit codes are passed on", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(
      `${folder}/pool.toml`,
      `[server]\nlisten_addr = "127.0.0.1:0"\njd_listen_addr = "127.0.0.1:0"\ndata_dir = "${folder}/data"\n` +
        `[metrics]\nenabled = false\n[payout]\npool_address = "${ADDRESS}"\n` +
        `[zebra]\nurl = "http://127.0.0.1:1"\n`,
    );
    const config = ["--config", `${folder}/pool.toml`];
    const check = await ended(["check", ...config]);
    assert.equal(check.code, 4, check.text);
    assert.doesNotMatch(check.text, /permission|--allow-(net|read|write)/);
    assert.equal((await ended(["nonsense"])).code, 2);
    const faulty = await ended(["check", ...config, "--set", "mining.tag="]);
    assert.equal(faulty.code, 3, faulty.text);
  });
});

Deno.test("one short command: a signal ends the pool in order, and with it the command", async () => {
  await inFolder(async (folder) => {
    const child = launched([
      ...["run", "--pool-address", ADDRESS, "--zebra-url", "http://127.0.0.1:1"],
      ...["--listen", "127.0.0.1:0", "--data-dir", `${folder}/data`, "--log-format", "json"],
      ...["--set", "metrics.enabled=false"],
    ]);
    const errors = new Response(child.stderr).text();
    let log = "";
    let asked = false;
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      log += chunk;
      if (asked || !log.includes('"event":"pool_started"')) continue;
      asked = true;
      child.kill("SIGTERM");
    }
    assert.equal((await child.status).code, 0, await errors);
    assert.ok(asked, log);
    assert.match(log, /SIGTERM/);
  });
});
