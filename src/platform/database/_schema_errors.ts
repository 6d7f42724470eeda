import { StorageError } from "./errors.ts";

/** The database has a step that this program does not know: a newer one has written there. */
export function schemaTooNew(
  place: string,
  unknown: number,
  known: ReadonlySet<number>,
): StorageError {
  return new StorageError(
    "schema-too-new",
    `Cannot use the database ${place}: its schema has version ${unknown}, this program knows up to ` +
      `${Math.max(0, ...known)}; start the newer version that wrote it, or restore a backup from ` +
      "before",
  );
}
