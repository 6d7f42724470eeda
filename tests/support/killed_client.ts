/**
 * A client in a process of its own, to be killed: what its system then does with the connection no
 * client in the test's own process can show.
 *
 * @module
 */

/** Connects, sends what comes on stdin, says so, and waits to be killed. */
const PROGRAM = `
const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(Deno.args[0]) });
const bytes = new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer());
for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
console.log("sent");
await new Promise((resolve) => setTimeout(resolve, 600_000));
`;

/** See above. */
export class KilledClient {
  readonly #child: Deno.ChildProcess;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
  }

  /** Starts a client; resolves when the system has taken its bytes. */
  static async start(port: number, bytes: Uint8Array): Promise<KilledClient> {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--quiet", PROGRAM, String(port)],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(bytes);
    await writer.close();
    const reader = child.stdout.getReader();
    const { value } = await reader.read();
    reader.releaseLock();
    if (value === undefined) throw new Error("the client ended before it had sent its bytes");
    return new KilledClient(child);
  }

  /** Ends it by SIGKILL: it can say nothing any more. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.stdout.cancel();
    await this.#child.status;
  }
}
