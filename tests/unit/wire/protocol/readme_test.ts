import assert from "node:assert/strict";
import {
  CloseReason,
  DeclarationErrorCode,
  DeclaredShareError,
  ErrorCode,
} from "../../../../src/wire/protocol/mod.ts";
import { assertSection, withSection } from "../../../support/marked_section.ts";
import { declarationReference, messageReference } from "../../../support/message_reference.ts";

const README = new URL("../../../../src/wire/protocol/README.md", import.meta.url);

Deno.test("the wire specification's tables are those of the declarations", () => {
  assertSection(README, "messages", messageReference());
});

const DECLARATION_PAGE = new URL(
  "../../../../src/wire/protocol/JOB_DECLARATION.md",
  import.meta.url,
);

Deno.test("the tables of Job Declaration are those of the declarations", () => {
  assertSection(DECLARATION_PAGE, "declaration-messages", declarationReference());
});

Deno.test("the page of Job Declaration explains every code, and no other", () => {
  const text = Deno.readTextFileSync(DECLARATION_PAGE);
  const codesOf = (heading: string): number[] => {
    const [, section = ""] = text.split(`\n## ${heading}\n`);
    const [own = ""] = section.split("\n## ");
    return [...own.matchAll(/^\| 0x([0-9a-f]{2}) \|/gm)].map(([, code = ""]) =>
      Number.parseInt(code, 16)
    );
  };
  assert.deepEqual(codesOf("Codes of refusals"), Object.values(DeclarationErrorCode));
  assert.deepEqual(codesOf("Codes of shares"), Object.values(DeclaredShareError));
});

Deno.test("the wire specification explains every error code and close reason, and no other", () => {
  const text = Deno.readTextFileSync(README);
  const section = text.slice(text.indexOf("\n## 12. "), text.indexOf("\n## 13. "));
  const explained = [...section.matchAll(/^\| `([a-z-]+)` \|/gm)].map((match) => match[1]);
  const declared = new Set<string>([...Object.values(ErrorCode), ...Object.values(CloseReason)]);
  assert.deepEqual(explained.toSorted(), [...declared].sort());
});

Deno.test("every link inside of the wire specification leads somewhere", () => {
  const text = Deno.readTextFileSync(README);
  const anchors = [...text.matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] as string).toLowerCase().replace(/[^a-z0-9 -]/g, "").replaceAll(" ", "-")
  );
  for (const [, anchor] of text.matchAll(/\]\(#([^)]+)\)/g)) {
    assert.ok(anchors.includes(anchor as string), `#${anchor}`);
  }
});

Deno.test("a section is replaced between its markers and nowhere else", () => {
  const document = "a\n<!-- x:begin -->\nold\n<!-- x:end -->\nb\n";
  assert.equal(
    withSection(document, "x", "new\n"),
    "a\n<!-- x:begin -->\n\nnew\n\n<!-- x:end -->\nb\n",
  );
  const wrong = ["", "<!-- x:begin -->", "<!-- x:end --><!-- x:begin -->", document + document];
  for (const text of wrong) assert.throws(() => withSection(text, "x", "new"));
});
