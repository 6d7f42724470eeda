import assert from "node:assert/strict";

/** Runs a program that watches for faults and returns what it prints. */
async function printed(program: string): Promise<{ out: string; code: number }> {
  const source = new URL("../../../src/cli/fault_watch.ts", import.meta.url).href;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const text = `import { watchFaults } from ${JSON.stringify(source)};
    let calls = 0;
    const watch = watchFaults(() => calls++);
    const tell = () => console.log(calls, watch.first?.reason?.message);
    ${program}`;
  await new Blob([text]).stream().pipeTo(child.stdin);
  const { stdout, code } = await child.output();
  return { out: new TextDecoder().decode(stdout).trim(), code };
}

Deno.test("a rejection that nobody hears and an error in a timer end nothing, and the first is kept", async () => {
  const program = `setTimeout(() => { throw new Error("in a timer"); });
    setTimeout(() => void Promise.reject(new Error("of a promise")), 5);
    setTimeout(tell, 20);`;
  assert.deepEqual(await printed(program), { out: "1 in a timer", code: 0 });
  const other = `void Promise.reject(new Error("of a promise")); setTimeout(tell, 5);`;
  assert.deepEqual(await printed(other), { out: "1 of a promise", code: 0 });
});

Deno.test("without the watch, or after it, a fault ends the program", async () => {
  const program = `watch[Symbol.dispose](); void Promise.reject(new Error("late"));
    setTimeout(tell, 5);`;
  assert.deepEqual(await printed(program), { out: "", code: 1 });
});
