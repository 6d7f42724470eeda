import { missingPermissions, type NeededPermission, permissionFlags } from "../config/mod.ts";
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
