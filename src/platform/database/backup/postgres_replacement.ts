import { MIGRATIONS } from "../migrations/mod.ts";

/** Every table, view and function that a version of this program has made. */
function ownNames(): string[] {
  const made = MIGRATIONS.flatMap(({ postgres }) => [
    ...postgres.matchAll(/CREATE (?:TABLE|VIEW|FUNCTION) (\w+)/g),
  ]);
  return ["schema_migration", ...new Set(made.map(([, name = ""]) => name))];
}

/**
 * Begins a transaction in which everything of this program has left a schema, partitions included, so
 * that a copy can be put there. pg_restore's own way of cleaning takes single parts of partitioned
 * tables away, which servers refuse, and leaves what the copy does not have. What others have made
 * there stays, and makes it fail when it depends on ours.
 */
export function replacementBegins(schema: string): string {
  const own = `name = ANY (${literal(`{${ownNames().join(",")}}`)}::TEXT[])`;
  const listOf = (catalogue: string, kept: string): string =>
    `SELECT string_agg(shown, ', ') INTO list FROM (${catalogue}) AS found WHERE ${kept}`;
  const relations = (kinds: string): string =>
    `SELECT relname AS name, format('%I.%I', nspname, relname) AS shown FROM pg_class
     JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE nspname = ${literal(schema)} AND relkind IN (${kinds})`;
  const functions = `SELECT proname AS name, pg_proc.oid::regprocedure::TEXT AS shown FROM pg_proc
     JOIN pg_namespace ON pg_namespace.oid = pronamespace WHERE nspname = ${literal(schema)}`;
  return `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SET LOCAL standard_conforming_strings = on;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = '10s';
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $replace$ DECLARE list TEXT; BEGIN
  EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', ${literal(schema)});
  ${listOf(relations("'v'"), own)};
  IF list IS NOT NULL THEN EXECUTE 'DROP VIEW ' || list; END IF;
  ${listOf(relations("'r', 'p'"), `${own} OR name ~ '^share_day_[0-9]+$'`)};
  IF list IS NOT NULL THEN EXECUTE 'DROP TABLE ' || list; END IF;
  ${listOf(functions, own)};
  IF list IS NOT NULL THEN EXECUTE 'DROP FUNCTION ' || list; END IF;
END $replace$;
`;
}

/** Ends it; without these bytes nothing has happened. */
export const REPLACEMENT_ENDS = "\nCOMMIT;\n";

/** What tools from PostgreSQL 17 on say to every server, and older servers do not know. */
const NEWER_SETTING = new TextEncoder().encode("\nSET transaction_timeout = 0;\n");

/** Puts blanks in the place of {@link NEWER_SETTING} in the head of a copy. */
export function blankNewerSetting(head: Uint8Array): void {
  const from = head.findIndex((_, at) => NEWER_SETTING.every((byte, n) => head[at + n] === byte));
  if (from >= 0) head.fill(0x20, from + 1, from + NEWER_SETTING.length - 1);
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
