/** Words that the house style of `src/GLOSSARY.md` avoids do not stand in sources and documents. */
import { strict as assert } from "node:assert";

const ROOT = new URL("../../../", import.meta.url);

/** The rows of the table of words to avoid: what is searched for, and what is written instead. */
function wordsToAvoid(): readonly RegExp[] {
  const page = Deno.readTextFileSync(new URL("src/GLOSSARY.md", ROOT));
  const [, table = ""] = /<!-- words to avoid -->\n(.*?)<!-- end -->/s.exec(page) ?? [];
  return table.split("\n").slice(2).filter((row) => row.startsWith("|")).flatMap((row) =>
    (row.split("|")[1] ?? "").split(",").map((words) =>
      new RegExp(`(?<![\\w-])${words.trim().replaceAll(" ", "[\\s/*]+")}(?![\\w-])`, "i")
    )
  );
}

function faultsOf(text: string, avoided: readonly RegExp[]): string[] {
  return avoided.flatMap((words) => words.exec(text)?.[0] ?? []);
}

async function* textsUnder(folder: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const at = new URL(isDirectory ? `${name}/` : name, folder);
    if (isDirectory) yield* textsUnder(at);
    else if (/\.(ts|md)$/.test(name)) yield at;
  }
}

Deno.test("sources and documents have no word that the house style avoids", async () => {
  const avoided = wordsToAvoid();
  const faults: string[] = [];
  const files = [new URL("README.md", ROOT)];
  for (const folder of ["src/", "docs/"]) {
    for await (const file of textsUnder(new URL(folder, ROOT))) files.push(file);
  }
  for (const file of files) {
    if (file.pathname.endsWith("/src/GLOSSARY.md")) continue;
    for (const words of faultsOf(await Deno.readTextFile(file), avoided)) {
      faults.push(`${file.pathname.slice(ROOT.pathname.length)}: ${JSON.stringify(words)}`);
    }
  }
  assert.deepEqual(faults, []);
});

Deno.test("the words to avoid are found, over the end of a line too, and not within others", () => {
  const avoided = wordsToAvoid();
  assert.ok(avoided.length >= 10);
  for (const text of ["a miner and his shares", "kept for\n * ever", "closed after So Many"]) {
    assert.equal(faultsOf(text, avoided).length, 1, text);
  }
  assert.deepEqual(faultsOf("this history, the other one, forever young", avoided), []);
});
