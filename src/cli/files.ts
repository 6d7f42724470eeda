import { reasonOf } from "../base/mod.ts";
import { mayRead, mayWrite, readBoundedFile } from "../service/config/mod.ts";
import { CommandError } from "./errors.ts";
import { ExitCode } from "./exit_codes.ts";

/**
 * Reads a file that a command line names.
 *
 * @throws {CommandError} when it may not or cannot be read, or has more than `lengthMax` bytes.
 */
export function readInput(path: string, lengthMax: number): Uint8Array {
  if (!mayRead(path)) {
    throw new CommandError(
      ExitCode.permission,
      `Cannot read ${path}: the permission is missing, add --allow-read=${path}`,
    );
  }
  try {
    return readBoundedFile(path, lengthMax);
  } catch (cause) {
    throw new CommandError(ExitCode.failed, `Cannot read ${path}: ${reasonOf(cause)}`, { cause });
  }
}

/**
 * Writes a new file that only its owner may read; an existing one is never overwritten.
 *
 * @throws {CommandError} when it may not or cannot be written.
 */
export function writeSecretFile(path: string, text: string): void {
  if (!mayWrite(path)) {
    throw new CommandError(
      ExitCode.permission,
      `Cannot write ${path}: the permission is missing, add --allow-write=${path}`,
    );
  }
  try {
    Deno.writeTextFileSync(path, text, { createNew: true, mode: 0o600 });
  } catch (cause) {
    const exists = cause instanceof Deno.errors.AlreadyExists;
    const reason = exists ? "it exists already" : reasonOf(cause);
    throw new CommandError(ExitCode.failed, `Cannot write ${path}: ${reason}`, { cause });
  }
}

/** The folder in which a path lies; "." for a bare name. */
export function folderOf(path: string): string {
  const end = path.lastIndexOf("/");
  return end === 0 ? "/" : end < 0 ? "." : path.slice(0, end);
}
