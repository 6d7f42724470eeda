import { hexToBytes } from "../../../src/base/mod.ts";

const FOLDER = new URL("../data/noise/", import.meta.url);

/** Rows of a comma-separated file by column name; the last column may hold commas. */
export async function readCsv(name: string): Promise<Record<string, string>[]> {
  const text = await Deno.readTextFile(new URL(name, FOLDER));
  const [head = "", ...lines] = text.trim().split(/\r?\n/);
  const columns = head.split(",");
  return lines.map((line) => {
    const cells = line.split(",");
    const last = cells.slice(columns.length - 1).join(",");
    return Object.fromEntries(
      columns.map((column, i) => [column, i === columns.length - 1 ? last : cells[i] ?? ""]),
    );
  });
}

/** A JSON file, as its reader says that it is shaped. */
export async function readJson<T>(name: string): Promise<T> {
  return JSON.parse(await Deno.readTextFile(new URL(name, FOLDER))) as T;
}

/** A cell of hexadecimal digits; a missing cell is a fault of the file. */
export function hexCell(row: Record<string, string>, column: string): Uint8Array {
  const text = row[column];
  if (text === undefined) throw new Error(`the vector file has no column ${column}`);
  return hexToBytes(text.toLowerCase());
}
