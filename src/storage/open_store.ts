import type { Clock } from "../base/mod.ts";
import { MemoryStore } from "./memory_store.ts";
import { SqliteStore } from "./sqlite/sqlite_store.ts";
import type { Store } from "./store.ts";

/** Where the records are kept. */
export type StoreLocation =
  | { readonly kind: "memory" }
  | { readonly kind: "sqlite"; readonly path: string };

/**
 * Opens the pool's records; a new file gets its schema, an older one is brought up to date.
 *
 * @throws {StorageError} when the place cannot be used; the message says what to do.
 */
// deno-lint-ignore require-await -- stores that are reached over the network need the promise
export async function openStore(
  location: StoreLocation,
  modules: { clock: Clock },
): Promise<Store> {
  switch (location.kind) {
    case "memory":
      return new MemoryStore(modules);
    case "sqlite":
      return new SqliteStore(location.path, modules);
  }
}
