/**
 * What can go wrong with a store.
 *
 * @module
 */
import { PoolError } from "../../base/mod.ts";

/**
 * - `busy`: another process holds the lock; the same call may succeed later;
 * - `io`: the disk or the connection failed; may pass;
 * - `full`: no room is left; may pass when an operator makes some;
 * - `in-use`: a pool serves on this file, and there can be one;
 * - `corrupt`: the file is damaged;
 * - `unreadable`: a value came in a form that this program does not know;
 * - `not-a-database`, `foreign-database`: something else stands at that path;
 * - `schema-too-new`: a newer version of this program has written there;
 * - `no-permission`: the runtime was not allowed to open the file;
 * - `constraint`: a row breaks a rule of the schema, which is a fault of this program;
 * - `closed`: the store was closed before the call;
 * - `unwritten`: closing gave up with records still in memory.
 */
export type StorageErrorCode =
  | "busy"
  | "io"
  | "full"
  | "in-use"
  | "corrupt"
  | "unreadable"
  | "not-a-database"
  | "foreign-database"
  | "schema-too-new"
  | "no-permission"
  | "constraint"
  | "closed"
  | "unwritten";

/** The store refused, or could not do, what it was asked for. */
export class StorageError extends PoolError {
  declare readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}
