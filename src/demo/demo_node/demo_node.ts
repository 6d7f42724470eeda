/**
 * The demo node: a Zcash node in one process, alone on a chain of its own, that answers as zebrad
 * 7.0.0 does for what a pool uses.
 *
 * It is honest: what it is given it checks in full, by code that shares nothing with the pool. It is
 * small: no peers, no shielded transactions, no signatures; the only outputs that can be spent are
 * those to the script `OP_TRUE`. Blocks live in memory, the last 2,000 of them.
 *
 * @module
 */
import {
  bytesToHex,
  type Clock,
  type Logger,
  type Random,
  silentLogger,
  systemClock,
  systemRandom,
} from "../../base/mod.ts";
import { readTransparentAddress, scriptOf } from "./_address.ts";
import { roundTarget } from "./_compact_bits.ts";
import { DemoNodeControl } from "./_control.ts";
import { controlHandler } from "./_control_handler.ts";
import { CookieJar } from "./_cookie.ts";
import { Faults } from "./_faults.ts";
import { makeGenesis } from "./_genesis.ts";
import { HttpServer } from "./_http_server.ts";
import { NodeCore } from "./_node_core.ts";
import { rpcHandler } from "./_rpc.ts";
import type { ChainRules } from "./_rules.ts";

/** How a demo node is set up; everything has a default. */
export interface DemoNodeOptions {
  /** Port on 127.0.0.1; 0, the default, takes a free one. */
  readonly port?: number;
  /** Opens the control interface on a port of its own; 0 takes a free one. */
  readonly controlPort?: number;
  /** Where the cookie file goes; without it there is no authentication and no file. */
  readonly cookieDir?: string;
  /** Transparent Testnet address that templates pay; one of Mainnet counts as missing. */
  readonly minerAddress?: string;
  /** Text for the coinbases of templates, at most 86 bytes. */
  readonly extraCoinbaseData?: string;
  /** The easiest target. The default, 2^253-1, lets one solution in eight be a block. */
  readonly powLimit?: bigint;
  /** Seconds between blocks that the difficulty aims at; 25 unless given. */
  readonly spacingSecs?: number;
  /** The same seed and the same clock make the same chain; random unless given. */
  readonly seed?: string;
  /** How often a transaction arrives in the mempool, 4,000 unless given; 0 for none at all. */
  readonly transactionIntervalMs?: number;
}

/** What is handed in; the machine's own unless given. */
export interface DemoNodeModules {
  readonly clock?: Clock;
  /** For the cookie, and for a seed when none is given. */
  readonly random?: Random;
  readonly logger?: Logger;
}

/** A node that runs. */
export interface DemoNode {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** The cookie file, when there is authentication. */
  readonly cookiePath: string | undefined;
  /** `http://127.0.0.1:PORT` of the control interface, when it is open. */
  readonly controlUrl: string | undefined;
  /** For tests only. */
  readonly control: DemoNodeControl;
  /** Ends everything; calls under way are not answered. */
  close(): Promise<void>;
}

const DEFAULT_POW_LIMIT = (1n << 253n) - 1n;
// A limit above this could not grow by 32 % within 256 bits.
const POW_LIMIT_MAX = (1n << 255n) - 1n;
/** Pays to the script OP_TRUE. */
const DEFAULT_MINER_ADDRESS = "t2SRyAR26tXTnZHfpa3jPqeyYmxCbAZxUnh";
/** Where the demo's 8 % go: an address of the public Testnet's funding streams. */
const STREAM_ADDRESS = "t2Gvxv2uNM7hbbACjNox4H6DjByoKZ2Fa3P";
const SPACING_SECS = 25;
const TRANSACTION_INTERVAL_MS = 4_000;
const EXTRA_COINBASE_DATA_MAX = 86;
/** The first block is a day old: so the limit holds until real times fill the window. */
const GENESIS_AGE_SECS = 86_400;

/**
 * Starts a demo node.
 *
 * Needs permission for the network on 127.0.0.1, and for writing to `cookieDir` when it is given.
 *
 * @throws {TypeError | RangeError} for options that make no node.
 *
 * @example
 * ```ts
 * const node = await startDemoNode({ seed: "1" });
 * console.log(node.url);
 * await node.close();
 * ```
 */
export async function startDemoNode(
  options: DemoNodeOptions = {},
  modules: DemoNodeModules = {},
): Promise<DemoNode> {
  const { clock = systemClock, random = systemRandom, logger = silentLogger } = modules;
  const core = makeCore(options, { clock, random, logger });
  const servers: HttpServer[] = [];
  try {
    const cookies = await CookieJar.open(options.cookieDir, random);
    const faults = new Faults(clock);
    const handler = rpcHandler(core.methods, { cookies, faults });
    const server = listen(options.port ?? 0, handler, servers);
    const control = new DemoNodeControl({ core, faults, cookies, server });
    const controlServer = options.controlPort === undefined
      ? undefined
      : listen(options.controlPort, controlHandler(control), servers);
    return {
      url: server.url,
      cookiePath: cookies.path,
      controlUrl: controlServer?.url,
      control,
      close: () => closeAll(core, servers),
    };
  } catch (error) {
    await closeAll(core, servers);
    throw error;
  }
}

function listen(
  port: number,
  handler: ConstructorParameters<typeof HttpServer>[1],
  servers: HttpServer[],
): HttpServer {
  const server = new HttpServer({ hostname: "127.0.0.1", port }, handler);
  servers.push(server);
  return server;
}

async function closeAll(core: NodeCore, servers: readonly HttpServer[]): Promise<void> {
  core.close();
  await Promise.all(servers.map((server) => server.close()));
}

function makeCore(
  options: DemoNodeOptions,
  modules: { clock: Clock; random: Random; logger: Logger },
): NodeCore {
  const { clock, random, logger } = modules;
  const seed = options.seed ?? bytesToHex(random.bytes(8));
  const rules = rulesOf(options);
  const time = Math.floor(clock.now() / 1000) - GENESIS_AGE_SECS;
  const extraCoinbaseData = new TextEncoder().encode(options.extraCoinbaseData ?? "");
  if (extraCoinbaseData.length > EXTRA_COINBASE_DATA_MAX) {
    throw new RangeError(
      `Cannot start the demo node: at most ${EXTRA_COINBASE_DATA_MAX} bytes of ` +
        `extraCoinbaseData expected, received ${extraCoinbaseData.length}`,
    );
  }
  return new NodeCore({
    rules,
    genesis: makeGenesis({ rules, time, seed }),
    minerAddress: options.minerAddress ?? DEFAULT_MINER_ADDRESS,
    extraCoinbaseData,
    seed,
    transactionIntervalMs: options.transactionIntervalMs ?? TRANSACTION_INTERVAL_MS,
  }, {
    clock,
    onBlock: ({ hash, answer, reason }) =>
      logger.log("info", "demo_block", `a block was ${answer ?? "accepted"}`, {
        hash: hash === "" ? undefined : hash,
        answer: answer ?? "accepted",
        reason,
      }),
  });
}

function rulesOf(options: DemoNodeOptions): ChainRules {
  const { powLimit = DEFAULT_POW_LIMIT, spacingSecs = SPACING_SECS } = options;
  if (powLimit < 1n || powLimit > POW_LIMIT_MAX) {
    throw new RangeError("Cannot start the demo node: powLimit of 1 to 2^255-1 expected");
  }
  if (!Number.isSafeInteger(spacingSecs) || spacingSecs < 1) {
    throw new RangeError("Cannot start the demo node: spacingSecs of at least 1 expected");
  }
  const stream = readTransparentAddress(STREAM_ADDRESS);
  return {
    powLimit: roundTarget(powLimit),
    proofOfWork: true,
    nu7Height: 1,
    nu7SpacingSecs: spacingSecs,
    fundingStream: stream && { address: STREAM_ADDRESS, script: scriptOf(stream) },
  };
}
