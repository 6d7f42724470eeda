import { bytesToHex, displayHash, systemClock, systemRandom } from "../../base/mod.ts";
import { formatSocketAddress } from "../../service/config/mod.ts";
import { createSolver } from "../../mining/equihash/mod.ts";
import { type MinerEvent, type MinerOptions, runMiners } from "../../demo/miner/mod.ts";
import { parsePoolUrl, type PoolUrl } from "../../wire/noise/mod.ts";
import { parseStratumUrl } from "../../wire/stratum/mod.ts";
import { connect, connectLines } from "../../wire/transport/mod.ts";
import { defineCommand } from "../command.ts";
import { CommandError, UsageError } from "../errors.ts";
import { ownPermission } from "../launch.ts";
import { ExitCode } from "../exit_codes.ts";
import { countOption, durationOption, flagOption, textOption } from "../options.ts";
import { stopSignal } from "../stop_signal.ts";

/** Each miner has a solver thread of its own with 150 MB. */
const MINERS_MAX = 16;

/** `miner`. */
export const miner = defineCommand({
  name: "miner",
  summary: "Mine on the CPU, against any pool of this protocol",
  details: `For trying a pool, not for earning: a CPU core finds 2 to 3 solutions a second.
POOL is stratum2+tcp://host:port/KEY as the pool prints it; without a key any server is believed,
with --plain nothing is encrypted. stratum+tcp://host:port speaks Stratum V1. Ends
with 1 when no pool took it in the time of --for.`,
  options: {
    "user": textOption("IDENTITY", "Who is paid: ADDRESS or ADDRESS.WORKER. Required."),
    "miners": countOption(
      { min: 1, max: MINERS_MAX, preset: 1 },
      "Connections, each with one CPU thread.",
    ),
    "standard": flagOption("Open standard channels instead of extended ones."),
    "hash-rate": countOption(
      { min: 0, max: 1_000_000_000, preset: 0 },
      "Solutions a second to tell the pool; 0 leaves the difficulty to it.",
    ),
    "password": textOption(
      "TEXT",
      "For Stratum V1: options such as d=0.01, the difficulty to keep.",
    ),
    "plain": flagOption("Connect without Noise."),
    "for": durationOption("End by itself after this time."),
    "json": flagOption("One JSON object a line instead of words."),
  },
  operands: { usage: "POOL", min: 1, max: 1 },
  needs: (_, [pool = ""]) => [ownPermission("net", formatSocketAddress(readPool(pool)))],
  async run(options, [poolText = ""], io) {
    const pool = readPool(poolText);
    requireNet(pool);
    if (options.user === undefined) {
      throw new UsageError("--user is missing: whom shall the pool pay?");
    }
    const user = options.user;
    using stop = stopSignal();
    const solvers = Array.from({ length: options.miners }, () => createSolver());
    const signal = options.for === undefined
      ? stop.signal
      : AbortSignal.any([stop.signal, AbortSignal.timeout(options.for)]);
    let taken = false;
    const optionsOf = (): MinerOptions => ({
      endpoint: { hostname: pool.hostname, port: pool.port },
      protocol: pool.protocol,
      ...(options.password === undefined ? {} : { password: options.password }),
      userIdentity: user,
      channel: options.standard ? "standard" : "extended",
      nominalHashRate: options["hash-rate"],
    });
    try {
      await runMiners(options.miners, optionsOf, {
        connect: (endpoint, giveUp) =>
          connect({
            ...endpoint,
            signal: giveUp,
            plain: options.plain,
            ...(pool.authorityKey === undefined ? {} : { authorityKey: pool.authorityKey }),
          }, { clock: systemClock, random: systemRandom }),
        connectLines: (endpoint, giveUp) =>
          connectLines({ ...endpoint, signal: giveUp }, { clock: systemClock }),
        clock: systemClock,
        random: systemRandom,
        solverOf: (index) => solvers[index] ?? createSolver(),
        onEvent: (event, index) => {
          if (event.kind === "channel_open") taken = true;
          const line = options.json ? jsonLine(event, index) : wordsLine(event, index);
          if (line !== undefined && !io.out(`${line}\n`)) stop.stop("nobody reads the output");
        },
      }, signal);
    } finally {
      for (const solver of solvers) solver.close();
    }
    if (!taken && !stop.signal.aborted) {
      throw new CommandError(ExitCode.failed, `No channel could be opened at ${poolText}`);
    }
    return ExitCode.ok;
  },
});

/** A pool, and what it is spoken to in. */
interface PoolPlace extends PoolUrl {
  readonly protocol: "stratum1" | "stratum2";
}

function readPool(text: string): PoolPlace {
  const stratum = parseStratumUrl(text);
  if (stratum !== undefined) return { ...stratum, protocol: "stratum1" };
  try {
    return { ...parsePoolUrl(text), protocol: "stratum2" };
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/**
 * Asked for now: without it every attempt to connect would fail, again and again.
 *
 * @throws {CommandError} that names the flag.
 */
function requireNet(pool: PoolUrl): void {
  const host = formatSocketAddress(pool);
  if (Deno.permissions.querySync({ name: "net", host }).state === "granted") return;
  throw new CommandError(
    ExitCode.permission,
    `Cannot connect to ${host}: the permission is missing, add --allow-net=${host}`,
  );
}

function wordsLine(event: MinerEvent, index: number): string | undefined {
  const text = words(event);
  return text === undefined ? undefined : `miner ${index + 1}: ${text}`;
}

function words(event: MinerEvent): string | undefined {
  switch (event.kind) {
    case "connected":
      return `connected to ${event.endpoint.hostname}:${event.endpoint.port}` +
        (event.encrypted ? " over Noise" : " without encryption");
    case "channel_open":
      return `channel ${event.channelId} is open`;
    case "share_accepted":
      return `share ${displayHash(event.hash).slice(0, 16)}… accepted after ${
        Math.round(event.answerMs)
      } ms`;
    case "share_rejected":
      return `share ${displayHash(event.hash).slice(0, 16)}… refused: ${event.code}`;
    case "share_unanswered":
      return `share ${event.sequenceNumber} was not answered before the connection ended`;
    case "warning":
      return event.message;
    // A refusal stands in the reason of the end that follows, or in the command's error.
    case "closed":
      return event.retryInMs === undefined
        ? undefined
        : `connection ended: ${event.reason}; next try in ${(event.retryInMs / 1000).toFixed(1)} s`;
    default:
      return undefined;
  }
}

/** The event with bytes as hexadecimal text: hashes as people write them, targets as numbers. */
function jsonLine(event: MinerEvent, index: number): string {
  const { kind, ...fields } = event;
  const named = Object.entries(fields).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    !(value instanceof Uint8Array)
      ? value
      : name === "hash" || name === "target"
      ? displayHash(value)
      : bytesToHex(value),
  ]);
  return JSON.stringify({ event: kind, miner: index, ...Object.fromEntries(named) });
}
