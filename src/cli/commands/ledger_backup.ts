import { systemClock } from "../../base/mod.ts";
import {
  databasePath,
  type NeededPermission,
  type ParsedConfig,
} from "../../service/config/mod.ts";
import { openBooks } from "../../service/pool/mod.ts";
import {
  backupPostgres,
  backupSqlite,
  restorePostgres,
  restoreSqlite,
} from "../../platform/database/mod.ts";
import { defineCommand } from "../command.ts";
import { CONFIG_DETAILS, loadFromOptions } from "../config_options.ts";
import { ExitCode } from "../exit_codes.ts";
import { folderOf } from "../files.ts";
import { ownPermission } from "../launch.ts";
import { textOption } from "../options.ts";
import { jsonLine } from "../table.ts";
import { ACTION_OPTIONS, BOOK_OPTIONS, requireBookPermissions, signature } from "../with_books.ts";

const TOOLS = textOption(
  "DIR",
  "Folder of pg_dump, pg_restore and psql, where they are not found by name.",
);

/** Closed hours that are made again from their shares after a restore. */
const AUDITED_HOURS = 2;

/** `ledger backup`. */
export const ledgerBackup = defineCommand({
  name: "ledger backup",
  summary: "Copy the ledger of one moment to a new file, while the pool runs",
  details: `SQLite is copied by itself; for PostgreSQL pg_dump has to be installed and allowed
(--allow-run=pg_dump). The file is readable by its owner only and never overwritten. Found blocks
that are not settled stand in the block spool, which is no part of it.

${CONFIG_DETAILS}`,
  options: { ...BOOK_OPTIONS, "postgres-bin": TOOLS },
  operands: { usage: "FILE", min: 1, max: 1 },
  needs: (options, [file = ""], parsed) => [
    ...backupFiles(file, parsed),
    ...programs(parsed, ["pg_dump"], options["postgres-bin"]),
  ],
  async run(options, [file = ""], io) {
    const { parsed, needed } = loadFromOptions(options);
    const { url } = parsed.config.database;
    requireBookPermissions([...needed, ...backupFiles(file, parsed)]);
    if (url !== undefined) await backupPostgres(url.reveal(), file, tools(options["postgres-bin"]));
    else await backupSqlite(databasePath(parsed).path, file);
    io.out(options.json ? jsonLine({ file }) : `The ledger is copied to ${file}.\n`);
    return ExitCode.ok;
  },
});

/** `ledger restore`. */
export const ledgerRestore = defineCommand({
  name: "ledger restore",
  summary: "Put a copy of the ledger in its place, with payments paused",
  details: `The pool must not run. What stands in the place is kept beside it (SQLite) or replaced
(PostgreSQL, as a whole or not at all; pg_restore and psql have to be installed and allowed,
--allow-run=pg_restore,psql). What happened after the copy was made is not in it, payments included.
They start paused: compare with the wallet what was paid since, then \`payouts resume\`.

${CONFIG_DETAILS}`,
  options: { ...ACTION_OPTIONS, "postgres-bin": TOOLS },
  operands: { usage: "FILE", min: 1, max: 1 },
  needs: (options, [file = ""], parsed) => [
    ...restoreFiles(file, parsed),
    ...programs(parsed, ["pg_restore", "psql"], options["postgres-bin"]),
  ],
  async run(options, [file = ""], io) {
    const { parsed, needed } = loadFromOptions(options);
    const { url } = parsed.config.database;
    requireBookPermissions([...needed, ...restoreFiles(file, parsed)]);
    let kept: string | undefined;
    if (url !== undefined) {
      await restorePostgres(
        url.reveal(),
        file,
        { clock: systemClock },
        tools(options["postgres-bin"]),
      );
    } else {
      const { path } = databasePath(parsed);
      const stamp = new Date(systemClock.now()).toISOString().replace(/[-:]|\.\d+/g, "");
      ({ kept } = await restoreSqlite(file, { path, aside: `${path}.before-${stamp}` }));
    }
    const books = await openBooks(parsed, {}, { clock: systemClock });
    try {
      const { actor, reason } = signature(options);
      await books.paymentOperator()
        .pause({ actor, reason: reason === "" ? `restored from ${file}` : reason });
      const { holds, invariants } = await books.audit(AUDITED_HOURS);
      const broken = invariants.filter((each) => !each.holds).map(({ name }) => name);
      io.out(
        options.json
          ? jsonLine({ restored: file, kept: kept ?? null, payments: "paused", holds, broken })
          : [
            `The ledger is that of ${file}.`,
            ...kept === undefined ? [] : [`The former one is ${kept}.`],
            holds
              ? `It was audited: all of ${invariants.length} invariants hold.`
              : `It was audited, and does not hold: ${broken.join(", ")}; see ledger audit.`,
            "Payments are paused: compare with the wallet what was paid since, then payouts resume.",
            "",
          ].join("\n"),
      );
      return holds ? ExitCode.ok : ExitCode.failed;
    } finally {
      await books.close();
    }
  },
});

function backupFiles(file: string, parsed: ParsedConfig | undefined): NeededPermission[] {
  if (parsed?.config.database.url !== undefined) return access("write", [file]);
  // SQLite's copy is made and checked under another name first.
  const copies = [file, `${file}.part`];
  return [...access("read", copies), ...access("write", copies)];
}

function restoreFiles(file: string, parsed: ParsedConfig | undefined): NeededPermission[] {
  if (parsed === undefined || parsed.config.database.url !== undefined) return [];
  // The former ledger is kept beside its place, under a name that nobody can allow in advance.
  const beside = folderOf(databasePath(parsed).path);
  return [...access("read", [file, beside]), ...access("write", [beside])];
}

/** PostgreSQL's own programs. */
function programs(
  parsed: ParsedConfig | undefined,
  names: readonly string[],
  folder: string | undefined,
): NeededPermission[] {
  if (parsed?.config.database.url === undefined) return [];
  const at = folder === undefined ? "" : `${folder}/`;
  return names.map((name) => ownPermission("run", `${at}${name}`));
}

/** Permissions that no configuration names, because the command line does. */
function access(name: "read" | "write", paths: readonly string[]): NeededPermission[] {
  return paths.map((value) => ({ name, value, use: "keep records", required: true }));
}

function tools(folder: string | undefined): { folder?: string } {
  return folder === undefined ? {} : { folder };
}
