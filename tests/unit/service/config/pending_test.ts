import assert from "node:assert/strict";
import { ConfigError, parseConfig } from "../../../../src/service/config/mod.ts";

const ADDRESS = 'pool_address = "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs"\n';

function withKey(section: string, line: string): string {
  return section === "payout"
    ? `[payout]\n${ADDRESS}${line}\n`
    : `[payout]\n${ADDRESS}[${section}]\n${line}\n`;
}

Deno.test("a key whose capability has not landed is refused by name when it is changed", () => {
  const rows: [string, string, RegExp][] = [
    ["jd", 'full_template_validation = "Strict"', /full templates in Job Declaration/],
  ];
  for (const [section, line, expected] of rows) {
    assert.throws(() => parseConfig(withKey(section, line)), (error: unknown) => {
      assert(error instanceof ConfigError, line);
      assert.deepEqual(
        error.faults.map(({ path }) => path),
        [`${section}.${line.split(" ")[0]}`],
        line,
      );
      assert.match(error.message, expected, line);
      return true;
    });
  }
});

Deno.test("full templates are warned of while they are on; what else Job Declaration has stands", () => {
  const warned = (jd: string): number =>
    parseConfig(`[payout]\n${ADDRESS}[jd]\n${jd}\n`).warnings.length;
  assert.equal(warned(""), 0);
  assert.equal(warned("enabled = true\nfull_template_enabled = true"), 1);
  assert.equal(warned('full_template_enabled = false\nfull_template_validation = "Standard"'), 0);
  assert.equal(
    warned(
      "token_lifetime_secs = 600\nmax_tokens_per_client = 11\nmin_pool_payout = 1\n" +
        "coinbase_output_max_additional_size = 100\nshare_difficulty = 2.5",
    ),
    0,
  );
});
