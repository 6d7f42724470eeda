import { openDatabase, type SqlDatabase } from "../../../../src/storage/mod.ts";
import { sqlDatabaseSuite } from "../../../compliance/sql_database_suite.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

sqlDatabaseSuite("sqlite database", async (): Promise<SqlDatabase> => {
  const directory = await Deno.makeTempDir();
  const database = await openDatabase({ path: `${directory}/pool.sqlite` }, {
    clock: new FakeClock(),
  });
  return {
    kind: database.kind,
    transaction: (work) => database.transaction(work),
    read: (work) => database.read(work),
    close: async () => {
      await database.close();
      await Deno.remove(directory, { recursive: true }).catch(() => {});
    },
  };
});
