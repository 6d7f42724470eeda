import { reasonOf } from "./errors.ts";

/** What the system's error codes mean for an operator; its own texts carry its own numbers. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ["EADDRINUSE", "another process has the port"],
  ["EADDRNOTAVAIL", "it is no address of this machine"],
  ["EACCES", "the system does not let this user do it"],
  ["EPERM", "the system does not let this user do it"],
  ["EEXIST", "a file of this name is in the way"],
  ["ENOTDIR", "a part of the path is a file and no folder"],
  ["EISDIR", "it is a folder"],
  ["ENOENT", "there is no such file or folder"],
  ["ENOSPC", "the disk is full"],
  ["EROFS", "the file system can only be read"],
]);

/** Why the system refused something, in words for people; other errors keep their own text. */
export function systemReason(thrown: unknown): string {
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  return REASONS.get(code) ?? reasonOf(thrown);
}
