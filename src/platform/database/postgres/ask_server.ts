import type { Clock } from "../../../base/mod.ts";
import { PostgresConnection } from "./connection.ts";

/**
 * Connects to a database once, and changes nothing in it.
 *
 * @returns the server and database without password.
 * @throws {StorageError} when it cannot be connected to.
 */
export async function askPostgres(
  url: string,
  modules: { readonly clock: Clock },
): Promise<string> {
  const connection = new PostgresConnection(url, modules.clock);
  try {
    await connection.use((client) => client.unsafe("SELECT 1 AS one"));
    return connection.place;
  } finally {
    await connection.close();
  }
}
