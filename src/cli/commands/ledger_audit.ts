import { defineCommand } from "../command.ts";
import { CONFIG_DETAILS } from "../config_options.ts";
import { ExitCode } from "../exit_codes.ts";
import { countOption, flagOption } from "../options.ts";
import { jsonLine, textTable } from "../table.ts";
import { BOOK_OPTIONS, withBooks } from "../with_books.ts";

/** An hour of a large pool has three million shares, which take some ten seconds. */
const HOURS_PRESET = 2;

/** `ledger audit`. */
export const ledgerAudit = defineCommand({
  name: "ledger audit",
  summary: "Compute everything again and say of each invariant whether it holds",
  details:
    `Journal and balances, blocks and their credits, hours and their shares, payments and what is
reserved. Ends with 1 when something does not hold; then no payment should be sent before it is
understood. It changes nothing and can run beside the pool.

${CONFIG_DETAILS}`,
  options: {
    ...BOOK_OPTIONS,
    hours: countOption(
      { min: 0, max: 1_000_000, preset: HOURS_PRESET },
      "How many closed hours are computed again from their shares.",
    ),
    all: flagOption("Make all hours again that still have shares."),
  },
  run(options, _operands, io) {
    return withBooks(options, async (books) => {
      const { holds, invariants } = await books.audit(options.all ? Infinity : options.hours);
      if (options.json) {
        io.out(jsonLine({ holds, invariants }));
      } else {
        io.out(textTable(
          [{ title: "invariant" }, { title: "holds" }, { title: "figure" }],
          invariants.map(({ name, holds, figure }) => [name, holds ? "yes" : "NO", figure]),
          "",
        ));
        for (const { name, faults } of invariants) {
          for (const fault of faults) io.out(`${name}: ${fault}\n`);
        }
        io.out(holds ? "Everything holds.\n" : "Something does not hold.\n");
      }
      return holds ? ExitCode.ok : ExitCode.failed;
    });
  },
});
