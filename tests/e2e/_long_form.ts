/** `deno task e2e:zebra` runs the long form; the ordinary tests the short one. */
export function isLongForm(): boolean {
  return Deno.env.get("E2E_LONG") === "1";
}
