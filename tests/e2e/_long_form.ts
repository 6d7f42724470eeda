/** `deno task e2e:zebra` runs the long form; the ordinary tests the short one. */
export function isLongForm(): boolean {
  return Deno.env.get("E2E_LONG") === "1";
}

/** Shows a line of figures: a quiet run hides what tests print, so the task prints it at its end. */
export function showFigures(line: string): void {
  const file = Deno.env.get("E2E_FIGURES");
  if (file === undefined) console.log(line);
  else Deno.writeTextFileSync(file, `${line}\n`, { append: true });
}
