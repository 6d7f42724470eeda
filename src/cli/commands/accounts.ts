import { type AccountView, AddressVerdicts } from "../../money/accounts/mod.ts";
import { silentLogger, systemClock } from "../../base/mod.ts";
import type { ParsedConfig } from "../../service/config/mod.ts";
import { makeNodes } from "../../service/pool/mod.ts";
import { defineCommand } from "../command.ts";
import { CONFIG_DETAILS } from "../config_options.ts";
import { CommandError } from "../errors.ts";
import { ExitCode } from "../exit_codes.ts";
import type { Io } from "../io.ts";
import { jsonLine, moment, textTable } from "../table.ts";
import { ACTION_OPTIONS, BOOK_OPTIONS, signature, withBooks } from "../with_books.ts";

/** Accounts that are read at one time. */
const PAGE = 1_000;

/** `accounts add`. */
export const accountsAdd = defineCommand({
  name: "accounts add",
  summary: "Add an account that miners can use instead of an address",
  details:
    `Miners log in as NAME or NAME.worker and are paid at ADDRESS. A name has 3 to 32 letters,
digits, dashes and underscores, a letter first.

${CONFIG_DETAILS}`,
  options: ACTION_OPTIONS,
  operands: { usage: "NAME ADDRESS", min: 2, max: 2 },
  run(options, [name = "", address = ""], io) {
    return withBooks(options, async (books, parsed) => {
      const request = { name, address, ...signature(options) };
      books.accounts.check(request);
      await askNode(address, parsed, io);
      const canonical = await books.accounts.add(request);
      io.out(
        options.json
          ? jsonLine({ name: name.toLowerCase(), address: canonical })
          : `${name.toLowerCase()} is paid at ${canonical}.\n`,
      );
      return ExitCode.ok;
    }, { create: true });
  },
});

/** `accounts set-address`. */
export const accountsSetAddress = defineCommand({
  name: "accounts set-address",
  summary: "Change where an account is paid, after 24 hours",
  details:
    `Until then the account is not paid at all, and the change can be taken back by setting the
present address again. Every change stays in the audit trail.

${CONFIG_DETAILS}`,
  options: ACTION_OPTIONS,
  operands: { usage: "NAME ADDRESS", min: 2, max: 2 },
  run(options, [name = "", address = ""], io) {
    return withBooks(options, async (books, parsed) => {
      const request = { name, address, ...signature(options) };
      books.accounts.check(request);
      await askNode(address, parsed, io);
      const change = await books.accounts.setAddress(request);
      if (options.json) {
        io.out(jsonLine({
          name: name.toLowerCase(),
          pending_address: change?.address ?? null,
          pending_from: change === undefined ? null : new Date(change.effectiveMs).toISOString(),
        }));
      } else if (change === undefined) {
        io.out(`${name.toLowerCase()}: nothing changes.\n`);
      } else {
        io.out(
          `${name.toLowerCase()} is paid at ${change.address} from ${
            moment(change.effectiveMs)
          } UTC on.\n`,
        );
      }
      return ExitCode.ok;
    });
  },
});

/** `accounts list`. */
export const accountsList = defineCommand({
  name: "accounts list",
  summary: "Show accounts, where they are paid, and changes that wait",
  details: CONFIG_DETAILS,
  options: BOOK_OPTIONS,
  run(options, _operands, io) {
    return withBooks(options, async ({ accounts }) => {
      const found: AccountView[] = [];
      for (let after = "";;) {
        const page = await accounts.list(after, PAGE);
        found.push(...page);
        if (page.length < PAGE) break;
        after = page.at(-1)?.name ?? "";
      }
      io.out(options.json ? jsonLine({ accounts: found.map(shown) }) : table(found));
      return ExitCode.ok;
    });
  },
});

function shown({ name, address, pending, createdMs }: AccountView): unknown {
  return {
    name,
    address,
    created: new Date(createdMs).toISOString(),
    pending_address: pending?.address ?? null,
    pending_from: pending === undefined ? null : new Date(pending.effectiveMs).toISOString(),
  };
}

function table(accounts: readonly AccountView[]): string {
  return textTable(
    [{ title: "account" }, { title: "paid at" }, { title: "changes to" }, { title: "from (UTC)" }],
    accounts.map(({ name, address, pending }) => [
      name,
      address,
      pending?.address ?? "",
      pending === undefined ? "" : moment(pending.effectiveMs),
    ]),
    "There are no accounts.",
  );
}

/** The node's word on the address, where one can be asked. */
async function askNode(address: string, { config }: ParsedConfig, io: Io): Promise<void> {
  const verdicts = new AddressVerdicts({ waitMs: 5_000 }, {
    nodes: makeNodes(config, systemClock),
    clock: systemClock,
    logger: silentLogger,
  });
  const verdict = await verdicts.check(address.trim());
  if (verdict === "invalid") {
    throw new CommandError(
      ExitCode.failed,
      "Cannot use the address: the node says it is not valid",
    );
  }
  if (verdict === "unchecked") {
    io.err("The node could not be asked: it will have its word before the first payment.\n");
  }
}
