import { PoolError } from "../../base/mod.ts";

/** A file cannot be read; the message is a reason for people, without the file's name. */
export class FileError extends PoolError {
  constructor(reason: string, options?: ErrorOptions) {
    super("unreadable-file", reason, options);
  }
}

/**
 * Reads a whole file that has to be small. Devices and pipes have no length that could be asked for
 * before, so reading itself is bounded.
 *
 * @throws {FileError} when there is no such file, it is a folder, may not be read, or is too long.
 */
export function readBoundedFile(path: string, lengthMax: number): Uint8Array<ArrayBuffer> {
  try {
    using file = Deno.openSync(path);
    if (file.statSync().isDirectory) throw new FileError("it is a folder");
    return readAll(file, lengthMax);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) throw new FileError("there is no such file");
    if (thrown instanceof Deno.errors.IsADirectory) throw new FileError("it is a folder");
    if (thrown instanceof Deno.errors.PermissionDenied) {
      throw new FileError("the system does not let this user read it", { cause: thrown });
    }
    throw thrown;
  }
}

/** Most files here are far shorter. */
const FIRST_LENGTH = 64 * 1024;

function readAll(file: Deno.FsFile, lengthMax: number): Uint8Array<ArrayBuffer> {
  let bytes = new Uint8Array(Math.min(FIRST_LENGTH, lengthMax + 1));
  let length = 0;
  for (;;) {
    const count = file.readSync(bytes.subarray(length));
    if (count === null) return bytes.subarray(0, length);
    length += count;
    if (length > lengthMax) throw new FileError(`it has more than ${lengthMax} bytes`);
    if (length === bytes.length) {
      const longer = new Uint8Array(Math.min(2 * length, lengthMax + 1));
      longer.set(bytes);
      bytes = longer;
    }
  }
}
