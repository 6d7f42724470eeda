/** A database in a SQLite file or on a PostgreSQL server: connections, transactions, schema, copies. */
export * from "./backup/backup_error.ts";
export * from "./backup/postgres_backup.ts";
export * from "./backup/sqlite_backup.ts";
export * from "./try_start.ts";
export * from "./errors.ts";
export { bytesArray, numberArray, textArray } from "./postgres/arrays.ts";
export type { Client, Rows } from "./postgres/client.ts";
export { LOCKS } from "./postgres/locks.ts";
export { PostgresDatabase } from "./postgres/postgres_database.ts";
export * from "./sql_database.ts";
export { Database, type Row, type Statement } from "./sqlite/database.ts";
export { SqliteDatabase } from "./sqlite/sqlite_database.ts";
export { Turn } from "./turn.ts";
export { wordList } from "./word_list.ts";
