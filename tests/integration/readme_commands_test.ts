/**
 * The commands of README.md and docs/operations.md are taken out of them and run as they are printed,
 * but in a folder of the test's own: files of the project are named by their whole path. What an
 * operator puts in (address, ports, the node) is put in by the test.
 */
import assert from "node:assert/strict";
import { type DemoNode, startDemoNode } from "../../src/demo/demo_node/mod.ts";
import { inFolder } from "../support/command_line.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const ADDRESS = "tm9iMLAuYMzJ6jtFLcA7rzUmfreGuKvr7Ma";
const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));

/** The lines of all shell blocks of a page, without comments. */
const commandsOf = (page: string): string[] =>
  [...Deno.readTextFileSync(`${ROOT}${page}`).matchAll(/```sh\n([\s\S]*?)```/g)]
    .flatMap(([, block = ""]) => block.trim().split("\n"))
    .map((line) => line.replace(/\s+#.*$/, ""));

const COMMANDS = {
  "README.md": commandsOf("README.md"),
  "docs/operations.md": commandsOf("docs/operations.md"),
};

/** The one command of a page with this part; a task is what deno.json has for it. */
function command(part: string, page: keyof typeof COMMANDS = "README.md"): string {
  const found = COMMANDS[page].filter((line) => line.includes(part));
  assert.equal(found.length, 1, `${page} has ${found.length} commands with ${part}`);
  return (found[0] ?? "").replace(/^deno task pool/, tasks.pool)
    .replace(/(?<= )(main\.ts|pool\.ts|config\/)/g, `${ROOT}$1`);
}

/** Runs a command by a shell, which its last part replaces, so that it gets the signals. */
function spawn(folder: string, line: string): Deno.ChildProcess {
  const denoFolder = Deno.execPath().replace(/\/[^/]+$/, "");
  return new Deno.Command("/bin/sh", {
    args: ["-c", line.replace(/(^|&& )(?=deno [^&]*$)/, "$1exec ")],
    cwd: folder,
    env: { PATH: `${denoFolder}:${Deno.env.get("PATH")}` },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function ended(folder: string, line: string): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await spawn(folder, line).output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** Runs a pool until it has started, lets the test look, and ends it by SIGTERM. */
async function served(
  folder: string,
  line: string,
  look: (log: string) => Promise<void>,
): Promise<string> {
  const child = spawn(folder, line);
  const errors = new Response(child.stderr).text();
  let log = "";
  let ready = false;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    log += text;
    if (ready || !log.includes('"nobody_is_paid"')) continue;
    ready = true;
    try {
      await look(log);
    } finally {
      child.kill("SIGTERM");
    }
  }
  const { code } = await child.status;
  assert.equal(code, 0, log + await errors);
  assert(ready, log + await errors);
  return log + await errors;
}

/** What README.md tells the operator to put in, and free ports. */
async function fillIn(file: string, node: DemoNode): Promise<void> {
  const text = await Deno.readTextFile(file);
  await Deno.writeTextFile(
    file,
    text.replace("t1YourPoolPayoutAddress", ADDRESS).replace('network = "main"', 'network = "auto"')
      .replace("http://127.0.0.1:8232", node.url).replace("0.0.0.0:3333", "127.0.0.1:0")
      .replace("127.0.0.1:9090", "127.0.0.1:0")
      .replace("/var/lib/zebra/.cookie", node.cookiePath ?? ""),
  );
}

Deno.test("the commands of the README lead to a pool with a miner", async () => {
  const cookieDir = await Deno.makeTempDir({ prefix: "zcash-pool-cookie-" });
  // As a Zebra comes: it asks for its cookie.
  const node = await startDemoNode({ minerAddress: ADDRESS, cookieDir });
  try {
    await inFolder(async (folder) => {
      const keygen = await ended(folder, command("keygen"));
      assert.equal(keygen.code, 0, keygen.text);
      assert.match(keygen.text, /^Miners' line: stratum2\+tcp:\/\/pool\.example\.org:3333\/\w+$/m);
      assert.equal((await ended(folder, command("cp config/"))).code, 0);
      await fillIn(`${folder}/pool.toml`, node);

      const check = await ended(folder, command(" check "));
      assert.equal(check.code, 0, check.text);
      assert.match(check.text, /^The pool can start\.$/m);
      assert.doesNotMatch(check.text, /was not tried|not looked at|add --allow/);

      const log = await served(folder, command(" run --config"), async (started) => {
        const url = /stratum2\+tcp:\/\/127[^"\s]+/.exec(started)?.[0] ?? "";
        const miner = command(" miner ")
          .replace("stratum2+tcp://pool.example.org:3333/KEY", url)
          .replace("t1YourAddress", ADDRESS);
        const { code, text } = await ended(folder, `${miner} --for 1s`);
        assert.equal(code, 0, text);
        assert.match(text, /connected to 127\.0\.0\.1:[0-9]+ over Noise/);
      });
      assert.match(log, /"event":"pool_stopping"[^\n]*"signal":"SIGTERM"/);
      assert.doesNotMatch(log, /in_memory|not looked at|--allow/);
      assert(Deno.statSync(`${folder}/data/blocks.spool`).isFile);
    });
  } finally {
    await node.close();
    await Deno.remove(cookieDir, { recursive: true });
  }
});

Deno.test("the commands of services end with a faulty configuration's fault, and nothing else", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/pool.toml`, '[payout]\nscheme = "fpps"\n');
    for (const part of [" check ", " run --config"]) {
      const { code, text } = await ended(folder, command(part, "docs/operations.md"));
      assert.equal(code, 3, text);
      assert.match(text, /payout\.scheme/);
      assert.doesNotMatch(text, /permission/);
    }
  });
});

Deno.test("the command without any file starts, and says in one block which flags to add", async () => {
  const node = await startDemoNode({ minerAddress: ADDRESS });
  try {
    const line = command("pool.ts", "docs/operations.md").replace(
      "t1YourPoolPayoutAddress",
      ADDRESS,
    )
      .replace("http://127.0.0.1:8232", node.url);
    const ports = "--listen 127.0.0.1:0 --metrics-listen 127.0.0.1:0";
    const log = await served(ROOT, `${line} ${ports}`, () => Promise.resolve());
    assert.match(
      log,
      /^zcash-pool: It starts with less.*\nzcash-pool: {3}--allow-env=POOL__\* --allow-read=data --allow-write=data$/m,
    );
  } finally {
    await node.close();
  }
});

Deno.test("the commands of the README that fetch Deno run tasks that there are", () => {
  const fetching = COMMANDS["README.md"].filter((line) => line.startsWith("npx "));
  assert.equal(fetching.length, 2);
  for (const line of fetching) {
    const [, name = ""] = /^npx -y deno@2\.9\.6 task (\w+)$/.exec(line) ?? [];
    assert(name in tasks, line);
  }
});

Deno.test("the systemd unit has the flags that its configuration needs", async () => {
  await inFolder(async (folder) => {
    assert.equal((await ended(folder, command("cp config/"))).code, 0);
    const text = await Deno.readTextFile(`${folder}/pool.toml`);
    const mainnet = "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs";
    await Deno.writeTextFile(
      `${folder}/pool.toml`,
      text.replace("t1YourPoolPayoutAddress", mainnet),
    );
    const [flags = ""] = command(" run --config", "docs/operations.md").split(" > ");
    const printed = await ended(folder, flags);
    assert.equal(printed.code, 0, printed.text);
    const unit = await Deno.readTextFile(`${ROOT}config/zcash-pool.service`);
    const expected = `deno run --no-prompt ${printed.text.trim()} main.ts run --config pool.toml\n`;
    assert(unit.includes(expected), expected);
  });
});

Deno.test("demo and its miner end when nobody reads what they print", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--allow-net=127.0.0.1",
      "--allow-run",
      "main.ts",
      "demo",
      "--json",
    ],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  assert.equal((await child.status).code, 0);
});

Deno.test("standard input is read within a bound", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "main.ts", "inspect", "block", "-"],
    cwd: ROOT,
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
  });
  // The pipe breaks when the command has had enough.
  await endless.pipeTo(child.stdin).catch(() => {});
  const { code, stderr } = await child.output();
  assert.equal(code, 1);
  assert.equal(
    new TextDecoder().decode(stderr),
    "zcash-pool: Cannot read standard input: it has more than 10000000 bytes\n",
  );
});
