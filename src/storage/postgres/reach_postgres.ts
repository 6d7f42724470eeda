import type { Clock } from "../../base/mod.ts";
import { PostgresConnection } from "./connection.ts";

/**
 * Asks a server for its database without looking at the schema or changing anything.
 *
 * @returns the server and database without password.
 * @throws {StorageError} when it cannot be used, with the server's own words.
 */
export async function reachPostgres(
  url: string,
  modules: { readonly clock: Clock },
): Promise<string> {
  const connection = new PostgresConnection(url, modules.clock);
  try {
    await connection.use((client) => client.unsafe("SELECT 1"));
    return connection.place;
  } finally {
    await connection.close();
  }
}
