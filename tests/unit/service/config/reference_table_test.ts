import assert from "node:assert/strict";
import { assertSection } from "../../../support/marked_section.ts";
import { configReference } from "../../../support/config_reference.ts";

Deno.test("the reference has a row for every key of the operator guide", () => {
  const reference = configReference();
  const rows = [
    ["listen_addr", '`"0.0.0.0:3333"`'],
    ["url", "see `zebra.urls`"],
    ["poll_interval_ms", "`500`"],
    ["pool_address", "required"],
    ["noise_private_key", "none: noise_enabled must be false"],
    ["noise_private_key_file", "see `security.noise_private_key`"],
    ["window_seconds", "`60`"],
    ["min_pool_payout", "`10000`"],
  ];
  for (const [key, absent] of rows) assert(reference.includes(`| \`${key}\` | ${absent} |`), key);
  // A bar inside a cell would break its row: each row has the same number of cells.
  const lines = reference.split("\n").filter((line) => line.startsWith("|"));
  for (const line of lines) assert.equal(line.replaceAll("\\|", "").split("|").length, 7, line);
});

Deno.test("the configuration page is what the declaration says", () => {
  assertSection(
    new URL("../../../../docs/configuration.md", import.meta.url),
    "config-reference",
    configReference(),
  );
});
