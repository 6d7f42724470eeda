/** What commands see of the outside: a test hands in another one. */
export interface Io {
  /** Writes to standard output: results, nothing else. */
  out(text: string): void;
  /** Writes to standard error: faults, warnings and what people should know. */
  err(text: string): void;
  /** All of standard input, at most `lengthMax` bytes. @throws {RangeError} when there is more. */
  readStdin(lengthMax: number): Promise<Uint8Array>;
}

/** This process's own streams. */
export const systemIo: Io = {
  out: (text) => writeAll(Deno.stdout, text),
  err: (text) => writeAll(Deno.stderr, text),
  async readStdin(lengthMax): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of Deno.stdin.readable) {
      length += chunk.length;
      if (length > lengthMax) {
        throw new RangeError(`Cannot read standard input: more than ${lengthMax} bytes`);
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
 * Synchronous, so that nothing is lost when the process ends right after. A reader that has gone
 * (`| head`) is no fault of the command.
 */
function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let rest: Uint8Array = new TextEncoder().encode(text);
  try {
    while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.BrokenPipe)) throw thrown;
  }
}
