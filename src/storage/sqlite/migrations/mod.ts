/** The migrations in their order. One that was released is never changed, only followed. */
import records from "./0001_records.sql" with { type: "text" };

/** One step of the schema. */
export interface Migration {
  /** 1, 2, 3 … without gaps. */
  readonly number: number;
  readonly name: string;
  /** Statements, run in one transaction. */
  readonly sql: string;
}

export const MIGRATIONS: readonly Migration[] = [
  { number: 1, name: "records", sql: records },
];
