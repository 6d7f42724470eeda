/**
 * A Redis server of a test's own: on a free port of 127.0.0.1, keeping nothing, gone when the test
 * is over.
 *
 * @module
 */
import { createClient } from "@redis/client";
import { until } from "./until.ts";

/** A running server. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly #program: string;
  #process: Deno.ChildProcess;

  private constructor(program: string, port: number) {
    this.#program = program;
    this.port = port;
    this.#process = serve(program, port);
  }

  /** Starts it and resolves when it answers. */
  static async start(program: string): Promise<RedisServer> {
    const server = new RedisServer(program, freePort());
    await server.#ready();
    return server;
  }

  /** Its URL. @param password where it was given one by {@link command}. */
  url(password?: string): string {
    return `redis://${password === undefined ? "" : `:${password}@`}127.0.0.1:${this.port}`;
  }

  /** Sends one command on a connection of its own, as an operator would. */
  async command(...words: string[]): Promise<unknown> {
    const client = createClient({
      url: this.url(),
      maintNotifications: "disabled",
      socket: { reconnectStrategy: false },
    });
    client.on("error", () => {});
    try {
      await client.connect();
      return await client.sendCommand(words);
    } finally {
      if (client.isOpen) client.destroy();
    }
  }

  /** SIGSTOP: it keeps its connections and answers nothing. */
  freeze(): void {
    this.#process.kill("SIGSTOP");
  }

  /** SIGCONT. */
  thaw(): void {
    this.#process.kill("SIGCONT");
  }

  /** kill -9; all that it knew is lost. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
  }

  /** Starts it again after {@link kill}, empty. */
  async restart(): Promise<void> {
    this.#process = serve(this.#program, this.port);
    await this.#ready();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.kill();
    } catch {
      // It has ended already.
    }
  }

  async #ready(): Promise<void> {
    await until(
      "the Redis server does not answer",
      () => this.command("PING").then(() => true, () => false),
    );
  }
}

function serve(program: string, port: number): Deno.ChildProcess {
  return new Deno.Command(program, {
    args: ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
    cwd: "/",
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}
