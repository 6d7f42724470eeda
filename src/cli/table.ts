/** A column of a table for people. */
export interface Column {
  readonly title: string;
  /** Figures stand at the right, so that their digits are below each other. */
  readonly align?: "left" | "right";
}

/**
 * A table of plain text: a line of titles, then the rows. Nothing is cut off: names and hashes are
 * copied from here.
 *
 * @param empty what stands there instead of a table without rows.
 */
export function textTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  empty: string,
): string {
  if (rows.length === 0) return `${empty}\n`;
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => width(line[index]))));
  return lines.map((line) => {
    const cells = columns.map(({ align }, index) => {
      const cell = line[index] ?? "";
      const padding = " ".repeat((widths[index] ?? 0) - cell.length);
      return align === "right" ? padding + cell : cell + padding;
    });
    return `${cells.join("  ").trimEnd()}\n`;
  }).join("");
}

/** Two columns, names and values. */
export function pairs(rows: readonly (readonly [string, string])[]): string {
  const most = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(most)}  ${value}\n`).join("");
}

/** A moment as people read it, in UTC. */
export function moment(atMs: number): string {
  return new Date(atMs).toISOString().replace("T", " ").replace(/\.\d{3}Z$/, "");
}

/** JSON with amounts as text, so that no digit is lost; its rules stand in `docs/json-output.md`. */
export function jsonLine(value: unknown): string {
  return `${
    JSON.stringify(value, (_, inner) => typeof inner === "bigint" ? inner.toString() : inner)
  }\n`;
}

function width(cell: string | undefined): number {
  return cell?.length ?? 0;
}
