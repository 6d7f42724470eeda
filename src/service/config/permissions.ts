/**
 * What this process may do. Only asked for, never requested: nothing here can prompt.
 *
 * @module
 */

/** True when the path may be read. */
export function mayRead(path: string): boolean {
  return Deno.permissions.querySync({ name: "read", path }).state === "granted";
}

/** True when the path may be written. */
export function mayWrite(path: string): boolean {
  return Deno.permissions.querySync({ name: "write", path }).state === "granted";
}

/** True when files at the path may be kept: written, and read again at the next start. */
export function mayKeep(path: string): boolean {
  return mayRead(path) && mayWrite(path);
}
