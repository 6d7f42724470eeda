/**
 * Makes sure that a database is this program's and has the schema that this version knows.
 *
 * @module
 */
import type { Clock } from "../../../base/mod.ts";
import { StorageError } from "../errors.ts";
import { schemaTooNew } from "../_schema_errors.ts";
import type { Migration } from "../migrations/migration.ts";
import type { Statements } from "./client.ts";
import type { PostgresConnection } from "./connection.ts";
import { LOCKS } from "./locks.ts";

/** Stands as comment on the table of migrations and marks the database as this program's. */
const MARK = "zcash-pool";

/**
 * Brings the schema up to date, all of it in one transaction, which first waits for another that is doing
 * the same: two processes that start at once apply each step once.
 *
 * @throws {StorageError} `foreign-database`, `schema-too-new`, or what the server reports.
 */
export async function migrate(
  connection: PostgresConnection,
  clock: Clock,
  migrations: readonly Migration[],
): Promise<void> {
  await connection.use((client) =>
    client.begin("writing", (tx) => apply(tx, { place: connection.place, clock, migrations }))
  );
}

/** How long a try waits for tables that a running pool uses. */
const TRY_WAIT_MS = 1_000;

/**
 * Does what {@link migrate} does, and takes it back.
 *
 * @throws {StorageError} as {@link migrate}.
 */
export async function tryMigration(
  connection: PostgresConnection,
  clock: Clock,
  migrations: readonly Migration[],
): Promise<void> {
  const done = new Error("everything could be done");
  try {
    await connection.use((client) =>
      client.begin("writing", async (tx) => {
        await tx.unsafe(`SET LOCAL lock_timeout = ${TRY_WAIT_MS}`);
        await apply(tx, { place: connection.place, clock, migrations });
        // Only what throws is undone.
        throw done;
      })
    );
  } catch (thrown) {
    if (thrown !== done) throw thrown;
  }
}

async function apply(
  tx: Statements,
  { place, clock, migrations }: {
    readonly place: string;
    readonly clock: Clock;
    readonly migrations: readonly Migration[];
  },
): Promise<void> {
  await tx.unsafe(`SELECT pg_advisory_xact_lock(${LOCKS.schema})`);
  await claim(tx, place);
  const rows = await tx.unsafe("SELECT number FROM schema_migration ORDER BY number");
  const applied = rows.map((row) => Number(row.number));
  const known = new Set(migrations.map(({ number }) => number));
  const unknown = applied.find((number) => !known.has(number));
  if (unknown !== undefined) throw schemaTooNew(place, unknown, known);
  for (const { number, name, postgres } of migrations) {
    if (applied.includes(number)) continue;
    await tx.unsafe(postgres);
    await tx.unsafe(
      "INSERT INTO schema_migration (number, name, applied_at_ms) VALUES ($1, $2, $3)",
      [number, name, clock.now()],
    );
  }
  await requireRights(tx, place);
}

/**
 * Each day gets a table of its own: a role that may only read and write rows would fail at midnight.
 *
 * @throws {StorageError} `no-permission`.
 */
async function requireRights(tx: Statements, place: string): Promise<void> {
  const [rights] = await tx.unsafe(
    `SELECT current_user AS role, current_schema() AS schema,
       pg_get_userbyid(relowner) AS owner,
       has_schema_privilege(current_schema(), 'CREATE') AS may_create,
       pg_has_role(relowner, 'USAGE') AS may_change
     FROM pg_class WHERE pg_class.oid = to_regclass('share')`,
  );
  if (rights === undefined) return;
  const fault = rights.may_create !== 1n
    ? `the role ${rights.role} may not make tables in the schema ${rights.schema}, and each day ` +
      `needs one; GRANT CREATE ON SCHEMA ${rights.schema} TO ${rights.role}`
    : rights.may_change !== 1n
    ? `its tables belong to the role ${rights.owner}, and the role ${rights.role} may not change ` +
      `them; connect as ${rights.owner}, or GRANT ${rights.owner} TO ${rights.role}`
    : undefined;
  if (fault === undefined) return;
  throw new StorageError("no-permission", `Cannot use the database ${place}: ${fault}`);
}

/** Takes an empty schema for this program, and refuses one that belongs to another. */
async function claim(tx: Statements, place: string): Promise<void> {
  const [found] = await tx.unsafe(
    `SELECT obj_description(to_regclass('schema_migration'), 'pg_class') AS mark,
       (SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace) AS others,
       current_schema() AS schema`,
  );
  if (found?.mark === MARK) return;
  if (found?.schema === null || found?.schema === undefined) {
    throw new StorageError(
      "foreign-database",
      `Cannot use the database ${place}: it has no schema`,
    );
  }
  if (found.others !== 0n) {
    throw new StorageError(
      "foreign-database",
      `Cannot use the database ${place}: the schema ${found.schema} belongs to another program ` +
        `(${found.others} tables and indexes); give a database of its own`,
    );
  }
  await tx.unsafe(`CREATE TABLE schema_migration (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at_ms BIGINT NOT NULL
  )`);
  await tx.unsafe(`COMMENT ON TABLE schema_migration IS '${MARK}'`);
}
