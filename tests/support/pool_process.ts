/**
 * The pool as a process of its own, told apart by its log; for tests that kill it.
 *
 * @module
 */

const ROOT = new URL("../../", import.meta.url);

/** How long a test waits for a line of the log; a loaded machine is slow. */
const LINE_LIMIT_MS = 90_000;

/** One line of the log. */
export interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** A running pool. */
export class PoolProcess {
  readonly log: LogLine[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #waiting = new Set<() => void>();
  readonly #reading: Promise<void>;
  #ended = false;

  /**
   * Starts the pool with a configuration in `folder`, where it also keeps its files.
   *
   * @param toml the configuration without `data_dir`, which is the folder.
   * @param openFilesMax what the system lets the process open; its own limit where it is left out.
   */
  static async start(folder: string, toml: string, openFilesMax?: number): Promise<PoolProcess> {
    const file = `${folder}/pool.toml`;
    await Deno.writeTextFile(file, toml);
    const limit = openFilesMax === undefined ? "" : `ulimit -n ${openFilesMax}; `;
    const child = new Deno.Command("sh", {
      args: [
        "-c",
        `${limit}exec "$0" "$@"`,
        Deno.execPath(),
        "run",
        "--quiet",
        "--no-prompt",
        "--allow-net",
        `--allow-read=${folder}`,
        `--allow-write=${folder}`,
        "main.ts",
        "run",
        "--config",
        file,
        "--data-dir",
        `${folder}/data`,
      ],
      cwd: ROOT,
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    return new PoolProcess(child);
  }

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#reading = this.#read(child.stdout);
  }

  /** The first line of this event, from `after` on; waits for it. */
  async line(event: string, after = 0): Promise<LogLine> {
    const until = performance.now() + LINE_LIMIT_MS;
    for (;;) {
      const found = this.log.slice(after).find((line) => line.event === event);
      if (found !== undefined) return found;
      if (this.#ended || performance.now() > until) {
        const seen = this.log.map((line) => line.event).join(" ");
        throw new Error(`the pool did not log ${event}; it logged: ${seen}`);
      }
      await this.#more();
    }
  }

  /** `stratum2+tcp://…` */
  async minerUrl(): Promise<string> {
    const { message } = await this.line("pool_started");
    return /stratum2\+tcp:\S+/.exec(message)?.[0] ?? "";
  }

  /** What whoever rotates logs sends. */
  hangUp(): void {
    this.#child.kill("SIGHUP");
  }

  /** Ends the process; resolves with its exit code when it is gone. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<number> {
    if (!this.#ended) this.#child.kill(signal);
    const { code } = await this.#child.status;
    await this.#reading;
    return code;
  }

  async #read(output: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    let rest = "";
    for await (const text of output.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.log.push(JSON.parse(line));
      this.#wake();
    }
    this.#ended = true;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => wake(), 1_000);
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
    });
  }
}
