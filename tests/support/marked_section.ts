/**
 * Parts of documents that are made by code. A test compares what stands between the markers with
 * what it should be; with UPDATE_DOCS=1 in the environment it writes it.
 *
 * @module
 */
import assert from "node:assert/strict";

/** The document with `content` between `<!-- name:begin -->` and `<!-- name:end -->`. */
export function withSection(document: string, name: string, content: string): string {
  const begin = `<!-- ${name}:begin -->`;
  const end = `<!-- ${name}:end -->`;
  const parts = document.split(begin);
  const [head, rest] = parts;
  assert.ok(parts.length === 2 && head !== undefined && rest !== undefined, `one ${begin}`);
  const tails = rest.split(end);
  assert.equal(tails.length, 2, `one ${end} behind ${begin}`);
  return `${head}${begin}\n\n${content.trim()}\n\n${end}${tails[1]}`;
}

/** Fails when the document's section is not `content`, or puts it there when asked to. */
export function assertSection(document: URL, name: string, content: string): void {
  const stands = Deno.readTextFileSync(document);
  const wanted = withSection(stands, name, content);
  if (stands === wanted) return;
  if (Deno.env.get("UPDATE_DOCS") === "1") {
    Deno.writeTextFileSync(document, wanted);
    return;
  }
  assert.fail(
    `The section ${name} of ${document.pathname.split("/").slice(-2).join("/")} is not what the ` +
      "code makes; run this test with UPDATE_DOCS=1 to write it",
  );
}
