/** The short form of `deno task test:simulation`. */
import { simulate } from "../simulation/simulate.ts";

const SEEDS = 8;
const ACTIONS = 120;

Deno.test("pools in a hostile world: shares count once, blocks go out, the ledger adds up", async () => {
  let accepted = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const result = await simulate(seed, ACTIONS);
    if (result.failure !== undefined) {
      throw new Error(`deno task test:simulation --from ${seed} --actions ${ACTIONS}`, {
        cause: result.failure,
      });
    }
    accepted += result.accepted;
  }
  if (accepted < 20 * SEEDS) throw new Error(`only ${accepted} shares were accepted`);
});
