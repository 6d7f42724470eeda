/**
 * What every {@link SqlDatabase} does, whatever stands behind it.
 */
import assert from "node:assert/strict";
import {
  insertRows,
  rowChunks,
  type SqlDatabase,
  type SqlSession,
  StorageError,
} from "../../src/platform/database/mod.ts";

/** Declares the tests of one implementation. */
export function sqlDatabaseSuite(
  name: string,
  open: () => Promise<SqlDatabase>,
  { ignore = false } = {},
): void {
  const test = (sentence: string, body: (database: SqlDatabase) => Promise<void>): void =>
    Deno.test({ name: `${name}: ${sentence}`, ignore }, async () => {
      const database = await open();
      try {
        const types = database.kind === "sqlite"
          ? "number INTEGER UNIQUE, label TEXT, bytes BLOB, part REAL"
          : "number BIGINT UNIQUE, label TEXT, bytes BYTEA, part DOUBLE PRECISION";
        await database.transaction((tx) => tx.execute(`CREATE TABLE thing (${types})`));
        await body(database);
      } finally {
        await database.close();
      }
    });
  const numbers = (database: SqlDatabase): Promise<unknown[]> =>
    database.read(async (tx) =>
      (await tx.query("SELECT number FROM thing ORDER BY number")).map(({ number }) => number)
    );

  test("values come back as they were given, integers as bigint", async (database) => {
    const row = [2n ** 63n - 1n, "a 'text' with $1 and ü", new Uint8Array([0, 255]), 1.5] as const;
    await database.transaction(async (tx) => {
      assert.equal(await tx.execute("INSERT INTO thing VALUES ($1, $2, $3, $4)", row), 1);
      await tx.execute("INSERT INTO thing VALUES ($1, $2, $3, $4)", [-7, null, null, null]);
    });
    const rows = await database.read((tx) => tx.query("SELECT * FROM thing ORDER BY number"));
    assert.deepEqual(rows.map((found) => ({ ...found })), [
      { number: -7n, label: null, bytes: null, part: null },
      { number: row[0], label: row[1], bytes: row[2], part: row[3] },
    ]);
    assert.equal(Object.getPrototypeOf(rows[1]?.bytes), Uint8Array.prototype);
    const [sums] = await database.read((tx) =>
      tx.query(
        "SELECT count(*) AS count, sum(number) AS sum FROM thing WHERE number < $1 AND part IS NULL",
        [0],
      )
    );
    assert.deepEqual({ ...sums }, { count: 1n, sum: -7n });
  });

  test("a transaction that throws leaves nothing, and its error passes through", async (database) => {
    const fault = new RangeError("no");
    await assert.rejects(
      database.transaction(async (tx) => {
        await tx.execute("INSERT INTO thing (number) VALUES (1)");
        throw fault;
      }),
      (error: unknown) => error === fault,
    );
    assert.deepEqual(await numbers(database), []);
  });

  test("a broken rule of the schema is a constraint, and undoes all", async (database) => {
    await assert.rejects(
      database.transaction(async (tx) => {
        await tx.execute("INSERT INTO thing (number) VALUES (1)");
        await tx.execute("INSERT INTO thing (number) VALUES (1)");
      }),
      (error: unknown) => error instanceof StorageError && error.code === "constraint",
    );
    assert.deepEqual(await numbers(database), []);
  });

  test("transactions are one after the other: what is read is what is changed", async (database) => {
    await database.transaction((tx) => tx.execute("INSERT INTO thing (number) VALUES (0)"));
    const addOne = (): Promise<void> =>
      database.transaction(async (tx) => {
        const [row] = await tx.query("SELECT number FROM thing");
        await tx.execute("UPDATE thing SET number = $1", [row?.number as bigint + 1n]);
      });
    await Promise.all(Array.from({ length: 20 }, addOne));
    assert.deepEqual(await numbers(database), [20n]);
  });

  test("a write does not wait for the transaction of money, and is undone like one", async (database) => {
    const fault = new RangeError("no");
    await assert.rejects(
      database.write(async (tx) => {
        await tx.execute("INSERT INTO thing (number) VALUES (1)");
        throw fault;
      }),
      (error: unknown) => error === fault,
    );
    const order: string[] = [];
    const begun = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const money = database.transaction(async (tx) => {
      await tx.execute("INSERT INTO thing (number) VALUES (2)");
      begun.resolve();
      await finish.promise;
      order.push("money");
    });
    await begun.promise;
    const write = database.write((tx) => tx.execute("INSERT INTO thing (number) VALUES (3)"))
      .then(() => order.push("write"));
    // A file has one writer at a time: there it is the second.
    if (database.kind === "postgres") await write;
    finish.resolve();
    await Promise.all([money, write]);
    assert.deepEqual(order, database.kind === "postgres" ? ["write", "money"] : ["money", "write"]);
    assert.deepEqual(await numbers(database), [2n, 3n]);
  });

  test("a reader sees one moment, whatever is written meanwhile", async (database) => {
    await database.transaction((tx) => tx.execute("INSERT INTO thing (number) VALUES (1)"));
    await database.read(async (tx) => {
      const count = async (): Promise<unknown> =>
        (await tx.query("SELECT count(*) AS count FROM thing"))[0]?.count;
      assert.equal(await count(), 1n);
      await database.transaction((other) => other.execute("INSERT INTO thing (number) VALUES (2)"));
      assert.equal(await count(), 1n);
    });
    assert.deepEqual(await numbers(database), [1n, 2n]);
  });

  test("a reader cannot write, and a session ends with its transaction", async (database) => {
    await assert.rejects(
      database.read((tx) => tx.execute("INSERT INTO thing (number) VALUES (1)")),
      StorageError,
    );
    let kept: SqlSession | undefined;
    await database.transaction((tx) => {
      kept = tx;
      return Promise.resolve();
    });
    await assert.rejects(
      () => kept?.execute("INSERT INTO thing (number) VALUES (1)") ?? Promise.resolve(),
      (error: unknown) => error instanceof StorageError && error.code === "closed",
    );
    assert.deepEqual(await numbers(database), []);
  });

  test("many rows go in statements of a bounded size", async (database) => {
    const rows = Array.from({ length: 1_234 }, (_, n) => [BigInt(n), `row ${n}`] as const);
    const inserted = await database.transaction((tx) =>
      insertRows(tx, "thing (number, label)", rows)
    );
    assert.equal(inserted, 1_234);
    const again = await database.transaction((tx) =>
      insertRows(tx, "thing (number, label)", rows, "ON CONFLICT DO NOTHING")
    );
    assert.equal(again, 0);
    assert.equal([...rowChunks(rows, 2)].every((chunk) => chunk.length <= 500), true);
    assert.equal([...rowChunks(rows, 20_000)].every((chunk) => chunk.length === 1), true);
  });

  test("rows are changed from a list of values", async (database) => {
    await database.transaction(async (tx) => {
      await insertRows(tx, "thing (number, label)", [[1n, "a"], [2n, "b"], [3n, "c"]]);
      const changed = await tx.execute(
        `UPDATE thing SET number = number + v.column2
         FROM (VALUES ($1, $2), ($3, $4)) AS v WHERE label = v.column1`,
        ["a", 10n, "c", -10n],
      );
      assert.equal(changed, 2);
    });
    assert.deepEqual(await numbers(database), [-7n, 2n, 11n]);
  });

  test("after closing every call is refused", async (database) => {
    await database.close();
    const refused = (error: unknown): boolean =>
      error instanceof StorageError && error.code === "closed";
    await assert.rejects(database.read(() => Promise.resolve()), refused);
    await assert.rejects(database.transaction(() => Promise.resolve()), refused);
    await assert.rejects(database.write(() => Promise.resolve()), refused);
    await database.close();
  });
}
