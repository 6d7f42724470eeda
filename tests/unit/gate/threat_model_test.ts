import assert from "node:assert/strict";

const ROOT = new URL("../../../", import.meta.url);

/** Every text of `tests/`, which has the names of all tests. */
function testTexts(folder = new URL("tests/", ROOT)): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    if (isDirectory) {
      return name === "corpus" || name === "data" || name === "target"
        ? []
        : testTexts(new URL(`${name}/`, folder));
    }
    return name.endsWith(".ts") ? [Deno.readTextFileSync(new URL(name, folder))] : [];
  });
}

Deno.test("every row of the threat model names tests, and each of them exists", () => {
  const page = Deno.readTextFileSync(new URL("docs/threat-model.md", ROOT));
  const rows = page.split("\n").filter((line) => line.startsWith("| **"));
  assert(rows.length >= 25);
  const texts = testTexts();
  const exists = (name: string): boolean => {
    // The names of the short fuzz tests are made of their targets.
    const target = /^whatever comes, (\S+) gives/.exec(name)?.[1];
    const wanted = target === undefined ? `"${name}"` : `name: "${target}"`;
    return texts.some((text) => text.includes(wanted));
  };
  for (const row of rows) {
    const shown = row.split("|").at(-2) ?? "";
    const names = [...shown.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => name);
    assert(names.length > 0, row);
    for (const name of names) assert(exists(name), name);
  }
});
