import { isIpAddress } from "../../base/mod.ts";
import { banKeyOf, BanStore, type KeptBan } from "../../service/conduct/mod.ts";
import { defineCommand } from "../command.ts";
import { CONFIG_DETAILS } from "../config_options.ts";
import { CommandError } from "../errors.ts";
import { ExitCode } from "../exit_codes.ts";
import { countOption } from "../options.ts";
import { jsonLine, textTable } from "../table.ts";
import { ACTION_OPTIONS, BOOK_OPTIONS, signature, withBooks } from "../with_books.ts";

/** As in the configuration. */
const DURATION_SECS_MAX = 365 * 86_400;

/** What all of them say. */
const DETAILS = `A running pool learns of a change within ten seconds.

${CONFIG_DETAILS}`;

/** `bans list`. */
export const bansList = defineCommand({
  name: "bans list",
  summary: "Show who is turned away, where, why, and for how long",
  details: CONFIG_DETAILS,
  options: BOOK_OPTIONS,
  run(options, _operands, io) {
    return withBooks(options, async ({ database }) => {
      const bans = await new BanStore(database).current();
      io.out(options.json ? jsonLine({ bans: bans.map(shown) }) : table(bans));
      return ExitCode.ok;
    });
  },
});

/** `bans add`. */
export const bansAdd = defineCommand({
  name: "bans add",
  summary: "Turn an address away, or one miner at an address",
  details:
    `ADDRESS is an IP address; of IPv6 its first 64 bits count. MINER is a payout address or an
account. The addresses of balancers and of [[security.allow]] with bans = false are never turned
away. Connections of a miner that stand end within a minute of an accepted share.

${DETAILS}`,
  options: {
    ...ACTION_OPTIONS,
    seconds: countOption(
      { min: 1, max: DURATION_SECS_MAX, preset: undefined },
      "How long. Default: security.ban_duration_secs.",
    ),
  },
  operands: { usage: "ADDRESS [MINER]", min: 1, max: 2 },
  run(options, [address = "", identity = ""], io) {
    if (!isIpAddress(address)) {
      throw new CommandError(ExitCode.failed, `Cannot ban ${address}: an IP address expected`);
    }
    return withBooks(options, async ({ database }, { config }) => {
      const key = banKeyOf(address, identity);
      const { actor, reason } = signature(options);
      const durationSecs = options.seconds ?? config.security.banDurationSecs;
      await new BanStore(database).add([{ ...key, durationSecs, actor, reason }]);
      io.out(
        options.json
          ? jsonLine({
            network: key.network,
            miner: identity === "" ? null : identity,
            seconds: durationSecs,
          })
          : `${key.network}${identity === "" ? "" : ` ${identity}`}: turned away for ` +
            `${durationSecs} seconds.\n`,
      );
      return ExitCode.ok;
    }, { create: true });
  },
});

/** `bans lift`. */
export const bansLift = defineCommand({
  name: "bans lift",
  summary: "End the bans of an address, or one miner's there",
  details: `ADDRESS is an IP address, or a network as \`bans list\` shows it.

${DETAILS}`,
  options: ACTION_OPTIONS,
  operands: { usage: "ADDRESS [MINER]", min: 1, max: 2 },
  run(options, [address = "", identity], io) {
    return withBooks(options, async ({ database }) => {
      const { network } = banKeyOf(address);
      const lifted = await new BanStore(database).lift(network, identity);
      if (options.json) io.out(jsonLine({ lifted }));
      else io.out(lifted === 0 ? "There is no such ban.\n" : `Bans ended: ${lifted}.\n`);
      return lifted === 0 ? ExitCode.failed : ExitCode.ok;
    });
  },
});

function shown({ network, identity, durationSecs, leftSecs, reason, actor }: KeptBan): unknown {
  return {
    network,
    miner: identity === "" ? null : identity,
    seconds: durationSecs,
    seconds_left: leftSecs,
    reason,
    by: actor,
  };
}

function table(bans: readonly KeptBan[]): string {
  return textTable(
    [
      { title: "address" },
      { title: "miner" },
      { title: "seconds left", align: "right" },
      { title: "by" },
      { title: "why" },
    ],
    bans.map(({ network, identity, leftSecs, actor, reason }) => [
      network,
      identity === "" ? "everybody" : identity,
      String(leftSecs),
      actor,
      reason,
    ]),
    "Nobody is turned away.",
  );
}
