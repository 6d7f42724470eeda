import { concatBytes, reasonOf } from "../base/mod.ts";
import { CommandError } from "./errors.ts";
import { ExitCode } from "./exit_codes.ts";

/** What commands see of the outside: a test hands in another one. */
export interface Io {
  /**
   * Writes to standard output: results, nothing else.
   *
   * @returns false when nobody reads it any more (`| head`), which is no fault of the command; one
   * that would go on for long ends then.
   * @throws {CommandError} when it cannot be written, as on a full disk.
   */
  out(text: string): boolean;
  /**
   * Writes to standard error: faults, warnings and what people should know. Never throws: where
   * that is lost too, the exit code is left to tell.
   */
  err(text: string): void;
  /**
   * All of standard input, at most `lengthMax` bytes.
   *
   * @throws {CommandError} when it has more or cannot be read.
   */
  readStdin(lengthMax: number): Promise<Uint8Array>;
}

/** This process's own streams. */
export const systemIo: Io = {
  out: (text) => writeResult(Deno.stdout, text),
  err: (text) => writeNote(Deno.stderr, text),
  readStdin: (lengthMax) => readAll(Deno.stdin.readable, lengthMax),
};

/** A stream of this process, as far as it is needed. */
export interface OutputStream {
  writeSync(bytes: Uint8Array): number;
}

/** See {@link Io.out}. */
export function writeResult(stream: OutputStream, text: string): boolean {
  try {
    return writeAll(stream, text);
  } catch (cause) {
    const message = `Cannot write to standard output: ${reasonOf(cause)}`;
    throw new CommandError(ExitCode.failed, message, { cause });
  }
}

/** See {@link Io.err}. */
export function writeNote(stream: OutputStream, text: string): void {
  try {
    writeAll(stream, text);
  } catch {
    // There is no place left to tell it.
  }
}

/** See {@link Io.readStdin}. */
export async function readAll(
  stream: AsyncIterable<Uint8Array>,
  lengthMax: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      length += chunk.length;
      if (length > lengthMax) throw new RangeError(`it has more than ${lengthMax} bytes`);
      chunks.push(chunk);
    }
  } catch (cause) {
    const message = `Cannot read standard input: ${reasonOf(cause)}`;
    throw new CommandError(ExitCode.failed, message, { cause });
  }
  return concatBytes(...chunks);
}

/**
 * Synchronous, so that nothing is lost when the process ends right after.
 *
 * @returns false when the reader has gone.
 */
function writeAll(stream: OutputStream, text: string): boolean {
  let rest: Uint8Array = new TextEncoder().encode(text);
  try {
    while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
    return true;
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.BrokenPipe)) throw thrown;
    return false;
  }
}
