import { reasonOf, systemClock } from "../../base/mod.ts";
import { HEIGHT_MAX } from "../../chain/zcash/mod.ts";
import { auditChain } from "../../money/treasury/mod.ts";
import type { ParsedConfig } from "../../service/config/mod.ts";
import { makeNodes } from "../../service/pool/mod.ts";
import { defineCommand } from "../command.ts";
import { CONFIG_DETAILS } from "../config_options.ts";
import { CommandError } from "../errors.ts";
import { ExitCode } from "../exit_codes.ts";
import type { Io } from "../io.ts";
import { countOption, flagOption, type OptionValues } from "../options.ts";
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

With --chain it asks the node for each block that pays miners in its own coinbase, and
compares every output with the ledger to the zatoshi. It tells the last height that was
compared: --from goes on from there when it was broken off.

${CONFIG_DETAILS}`,
  options: {
    ...BOOK_OPTIONS,
    hours: countOption(
      { min: 0, max: 1_000_000, preset: HOURS_PRESET },
      "How many closed hours are computed again from their shares.",
    ),
    all: flagOption("Make all hours again that still have shares."),
    chain: flagOption("Compare what coinbases pay miners with the chain, by the node."),
    from: countOption({ min: 0, max: HEIGHT_MAX, preset: 0 }, "With --chain: from this height on."),
  },
  run(options, _operands, io) {
    if (options.chain) return compareWithChain(options, io);
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

/** Told on the way, so that a walk that is broken off can go on. */
const TOLD_EVERY = 100;

function compareWithChain(
  options: OptionValues<typeof BOOK_OPTIONS> & { readonly from: number },
  io: Io,
): Promise<ExitCode> {
  return withBooks(options, async (books, parsed) => {
    let compared = 0;
    const audit = await auditChain(options.from, {
      database: books.database,
      node: await answeringNode(parsed),
      told: (height) => {
        if (++compared % TOLD_EVERY === 0) io.err(`compared through height ${height}\n`);
      },
    });
    const holds = audit.faults.length === 0;
    const { blocks, outputs, paidZat, through, faults, moreFaults } = audit;
    if (options.json) {
      io.out(jsonLine({
        ...{ holds, blocks, outputs, paid_zat: paidZat, through_height: through ?? null },
        ...{ faults, more_faults: moreFaults },
      }));
    } else {
      for (const fault of faults) io.out(`${fault}\n`);
      if (moreFaults > 0) io.out(`and ${moreFaults} more\n`);
      const where = through === undefined ? "" : `, through height ${through}`;
      io.out(`${blocks} blocks, ${outputs} outputs, ${paidZat} zat compared${where}.\n`);
      io.out(holds ? "The chain pays what the ledger says.\n" : "Chain and ledger differ.\n");
    }
    return holds ? ExitCode.ok : ExitCode.failed;
  }, { calls: true });
}

/** @throws {CommandError} when no node answers. */
async function answeringNode({ config }: ParsedConfig) {
  const reasons: string[] = [];
  for (const node of makeNodes(config, systemClock)) {
    try {
      await node.getBestBlockHeightAndHash();
      return node;
    } catch (error) {
      reasons.push(reasonOf(error));
    }
  }
  throw new CommandError(ExitCode.node, `Cannot compare with the chain: ${reasons.join("; ")}`);
}
