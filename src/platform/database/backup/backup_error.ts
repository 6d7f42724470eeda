import { PoolError } from "../../../base/mod.ts";

/** A backup cannot be made or put back. */
export class BackupError extends PoolError {
  constructor(message: string, options?: ErrorOptions) {
    super("backup", message, options);
  }
}
