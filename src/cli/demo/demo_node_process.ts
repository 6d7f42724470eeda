import { PoolError } from "../../base/mod.ts";

/** The demo node as a process of its own. */
export interface DemoNodeProcess {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Ends it; resolves when it is gone. */
  stop(): Promise<void>;
}

/** How long the node may take to start; a cold cache on a slow disk takes seconds. */
const START_MS = 30_000;

/** The line with which a node says that it is ready is far shorter. */
const LINE_LENGTH_MAX = 4_096;

/**
 * Starts the demo node. It ends with us in any case: it watches its standard input, which the
 * system closes when this process dies.
 *
 * @throws {PoolError} `demo-node` when it does not start.
 */
export async function startDemoNodeProcess(
  options: { readonly seed?: string },
): Promise<DemoNodeProcess> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--allow-net=127.0.0.1",
      Deno.mainModule,
      "demo-node",
      "--stop-with-stdin",
      ...(options.seed === undefined ? [] : ["--seed", options.seed]),
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const stop = async (): Promise<void> => {
    await child.stdin.close().catch(() => {});
    await child.status;
  };
  try {
    const line = await firstLine(child.stdout);
    const ready: unknown = JSON.parse(line);
    if (isReady(ready)) return { url: ready.url, stop };
    throw new PoolError("demo-node", `Cannot start the demo node: it said ${line}`);
  } catch (error) {
    await stop();
    if (error instanceof PoolError) throw error;
    throw new PoolError(
      "demo-node",
      "Cannot start the demo node: it did not say that it is ready",
      {
        cause: error,
      },
    );
  }
}

function isReady(value: unknown): value is { readonly url: string } {
  return typeof value === "object" && value !== null && "url" in value &&
    typeof value.url === "string";
}

async function firstLine(output: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  const reader = output.pipeThrough(new TextDecoderStream()).getReader();
  const timer = setTimeout(() => void reader.cancel().catch(() => {}), START_MS);
  let text = "";
  try {
    while (!text.includes("\n") && text.length < LINE_LENGTH_MAX) {
      const { value, done } = await reader.read();
      if (done) break;
      text += value;
    }
  } finally {
    clearTimeout(timer);
  }
  // What the node may still print is read and dropped, so that it never waits for us.
  void drain(reader);
  return text.split("\n")[0] ?? "";
}

async function drain(reader: ReadableStreamDefaultReader<string>): Promise<void> {
  try {
    while (!(await reader.read()).done);
  } catch {
    // The node is gone.
  }
}
