import { systemClock } from "../base/mod.ts";
import type { NeededPermission, ParsedConfig } from "../service/config/mod.ts";
import type { Books } from "../money/treasury/mod.ts";
import { openBooks } from "../service/pool/mod.ts";
import { CONFIG_OPTIONS, loadFromOptions } from "./config_options.ts";
import { flagOption, type OptionValues, textOption } from "./options.ts";
import { requirePermissions } from "./required_permissions.ts";

/** The options of commands that read the books. */
export const BOOK_OPTIONS = {
  ...CONFIG_OPTIONS,
  json: flagOption("One JSON object. Amounts are texts of zatoshis."),
};

/** The options of commands that change something: they say who did it and why. */
export const ACTION_OPTIONS = {
  ...BOOK_OPTIONS,
  by: textOption("NAME", "Who does it, for the audit trail. Default: operator."),
  reason: textOption("TEXT", "Why, for the audit trail."),
};

/** What an action leaves in the audit trail. */
export function signature(
  options: { readonly by: string | undefined; readonly reason: string | undefined },
): { actor: string; reason: string } {
  return { actor: options.by ?? "operator", reason: options.reason ?? "" };
}

/** How a command uses the books. */
export interface BookUse {
  /** Makes books that are not there yet. */
  readonly create?: boolean;
  /** Also asks the node and, where there is one, the wallet. */
  readonly calls?: boolean;
}

/** Uses of commands that ask the node and the wallet. */
const CALL_USES: ReadonlySet<string> = new Set([
  "call the node",
  "read the node's cookie",
  "call the wallet",
  "read the wallet's cookie",
]);

/** Uses that have to do with the books. */
const BOOK_USES: ReadonlySet<string> = new Set([
  "keep records",
  "call the database",
]);

/**
 * What the pool could do without is needed here: there is nothing else to look at.
 *
 * @throws {CommandError} that names the flags.
 */
export function requireBookPermissions(needed: readonly NeededPermission[]): void {
  requirePermissions(
    needed.filter(({ use }) => BOOK_USES.has(use)).map((each) => ({ ...each, required: true })),
  );
}

/**
 * Opens the books that the options name, for as long as the work takes.
 *
 * @throws {CommandError} that names the flags, when a permission is missing.
 */
export async function withBooks<T>(
  options: OptionValues<typeof CONFIG_OPTIONS>,
  work: (books: Books, parsed: ParsedConfig) => Promise<T>,
  how: BookUse = {},
): Promise<T> {
  const { parsed, needed } = loadFromOptions(options);
  requireBookPermissions(needed);
  if (how.calls) requirePermissions(needed.filter(({ use }) => CALL_USES.has(use)));
  const books = await openBooks(parsed, how, { clock: systemClock });
  try {
    return await work(books, parsed);
  } finally {
    await books.close();
  }
}
