import {
  missingPermissions,
  type NeededPermission,
  permissionFlags,
} from "../service/config/mod.ts";
import { CommandError } from "./errors.ts";
import { ExitCode } from "./exit_codes.ts";

/**
 * Nothing may prompt on a terminal later, so what cannot be done without is asked for by name now.
 *
 * @throws {CommandError} that names the flags to add.
 */
export function requirePermissions(needed: readonly NeededPermission[]): void {
  const missing = missingPermissions(needed.filter(({ required }) => required));
  if (missing.length === 0) return;
  const uses = new Set(missing.map(({ use }) => use));
  throw new CommandError(
    ExitCode.permission,
    `Permissions are missing to ${[...uses].join(", ")}; add ${permissionFlags(missing).join(" ")}`,
  );
}

/**
 * What the pool starts without and would do better with.
 *
 * @returns lines for people, the last one with exactly the flags to add; none when nothing is
 * missing.
 */
export function adviseOptional(needed: readonly NeededPermission[]): string[] {
  const missing = missingPermissions(needed.filter(({ required }) => !required));
  if (missing.length === 0) return [];
  const uses = new Set(missing.map(({ use }) => use));
  return [
    "It starts with less than it could do: permissions are missing to " +
    `${[...uses].join(", ")}. Add to deno run:`,
    `  ${permissionFlags(missing).join(" ")}`,
  ];
}
