import { CommandError } from "./errors.ts";
import { ExitCode } from "./exit_codes.ts";

/** What commands see of the outside: a test hands in another one. */
export interface Io {
  /**
   * Writes to standard output: results, nothing else.
   *
   * @returns false when nobody reads it any more (`| head`), which is no fault of the command; one
   * that would go on for long ends then.
   */
  out(text: string): boolean;
  /** Writes to standard error: faults, warnings and what people should know. */
  err(text: string): void;
  /** All of standard input, at most `lengthMax` bytes. @throws {CommandError} when it has more. */
  readStdin(lengthMax: number): Promise<Uint8Array>;
}

/** This process's own streams. */
export const systemIo: Io = {
  out: (text) => writeAll(Deno.stdout, text),
  err: (text) => void writeAll(Deno.stderr, text),
  async readStdin(lengthMax): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of Deno.stdin.readable) {
      length += chunk.length;
      if (length > lengthMax) {
        throw new CommandError(
          ExitCode.failed,
          `Cannot read standard input: it has more than ${lengthMax} bytes`,
        );
      }
      chunks.push(chunk);
    }
    const bytes = new Uint8Array(length);
    let offset = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, offset);
      offset += chunk.length;
    }
    return bytes;
  },
};

/**
 * Synchronous, so that nothing is lost when the process ends right after.
 *
 * @returns false when the reader has gone.
 */
function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): boolean {
  let rest: Uint8Array = new TextEncoder().encode(text);
  try {
    while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
    return true;
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.BrokenPipe)) throw thrown;
    return false;
  }
}
