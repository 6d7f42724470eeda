import { PoolError, reasonOf, sleep } from "../../base/mod.ts";
import { ErrorCode } from "../../wire/protocol/mod.ts";
import { Backoff } from "./backoff.ts";
import type { SessionEnd } from "./channel_setup.ts";
import type { Endpoint } from "./endpoint.ts";
import type { MinerModules, MinerOptions } from "./interfaces.ts";
import { MinerSession } from "./miner_session.ts";
import type { SetupStep } from "./miner_event.ts";
import { refusalText } from "./refusal_text.ts";
import { SolverTurns } from "./solver_turns.ts";
import { StratumMinerSession } from "./stratum_session.ts";

/** A connection that held this long was good: the next wait starts at one second again. */
const STABLE_MS = 300_000;

/** Refusals that pass by themselves; all others come again however often one asks. */
const PASSING_REFUSALS: ReadonlySet<string> = new Set<string>([
  ErrorCode.channelCapacityExhausted,
  ErrorCode.liabilityCap,
  ErrorCode.overloaded,
  // Said by other pools; this one ends the connection.
  "no-work-available",
]);

/** The pool refused what the miner is; trying again would be of no use. */
export class MinerRefused extends PoolError {
  /** Which request was refused. */
  readonly step: SetupStep;

  /** @param code the pool's error code. */
  constructor(step: SetupStep, code: string) {
    super(code, refusalText(step, code));
    this.step = step;
  }
}

/**
 * A miner that keeps one connection to a pool: it connects again after every loss, later and later,
 * and follows Reconnect.
 *
 * @example
 * ```ts ignore
 * const miner = new MiningClient(
 *   { endpoint, userIdentity: "t1....rig", channel: "extended", nominalHashRate: 0 },
 *   { connect, solver, clock: systemClock, random: systemRandom, onEvent: (event) => show(event) },
 * );
 * await miner.run(controller.signal);
 * ```
 */
export class MiningClient {
  readonly #options: MinerOptions;
  readonly #modules: MinerModules;
  readonly #backoff: Backoff;
  #running = false;

  constructor(options: MinerOptions, modules: MinerModules) {
    this.#options = options;
    this.#modules = { ...modules, solver: new SolverTurns(modules.solver) };
    this.#backoff = new Backoff(modules.random);
  }

  /**
   * Mines until the signal fires.
   *
   * @throws {MinerRefused} when the pool refuses for a reason that does not pass.
   * @throws what the solver throws.
   */
  async run(signal: AbortSignal): Promise<void> {
    if (this.#running) throw new TypeError("Cannot run a miner twice at the same time");
    this.#running = true;
    try {
      await this.#keepConnected(signal);
    } finally {
      this.#running = false;
    }
  }

  async #keepConnected(signal: AbortSignal): Promise<void> {
    const { clock, onEvent } = this.#modules;
    let endpoint = this.#options.endpoint;
    while (!signal.aborted) {
      const startedAt = clock.monotonic();
      const end = await this.#connectOnce(endpoint, signal);
      const refused = end.refusal;
      if (refused !== undefined) onEvent({ kind: "refused", ...refused });
      if (refused !== undefined && !PASSING_REFUSALS.has(refused.code)) {
        onEvent({ kind: "closed", reason: end.reason, retryInMs: undefined });
        throw new MinerRefused(refused.step, refused.code);
      }
      if (clock.monotonic() - startedAt >= STABLE_MS) this.#backoff.reset();
      // Reconnect waits as any loss does: else all miners would arrive in the same moment, and
      // two pools that point at each other would be asked without a pause. An endpoint that it
      // named is left again when it fails.
      endpoint = end.redirect ?? this.#options.endpoint;
      const retryInMs = signal.aborted ? undefined : this.#backoff.next();
      onEvent({ kind: "closed", reason: end.reason, retryInMs });
      if (retryInMs !== undefined) await sleep(clock, retryInMs, signal);
    }
  }

  async #connectOnce(endpoint: Endpoint, signal: AbortSignal): Promise<SessionEnd> {
    try {
      const session = this.#options.protocol === "stratum1"
        ? await this.#stratumSession(endpoint, signal)
        : await this.#session(endpoint, signal);
      return await session.run(signal);
    } catch (error) {
      if (error instanceof ConnectFailed) return { reason: error.message };
      throw error;
    }
  }

  async #session(endpoint: Endpoint, signal: AbortSignal): Promise<MinerSession> {
    const connection = await connected(this.#modules.connect(endpoint, signal));
    const { encrypted } = connection;
    this.#modules.onEvent({ kind: "connected", endpoint, encrypted });
    return new MinerSession(this.#options, { ...this.#modules, connection, endpoint });
  }

  async #stratumSession(endpoint: Endpoint, signal: AbortSignal): Promise<StratumMinerSession> {
    const { connectLines } = this.#modules;
    if (connectLines === undefined) {
      throw new TypeError("Cannot speak Stratum V1: no way to connect");
    }
    const connection = await connected(connectLines(endpoint, signal));
    this.#modules.onEvent({ kind: "connected", endpoint, encrypted: false });
    return new StratumMinerSession(this.#options, { ...this.#modules, connection, endpoint });
  }
}

/** There is no connection; the message says why. */
class ConnectFailed extends PoolError {
  constructor(cause: unknown) {
    super("connect-failed", reasonOf(cause), { cause });
  }
}

async function connected<C>(connecting: Promise<C>): Promise<C> {
  try {
    return await connecting;
  } catch (error) {
    throw new ConnectFailed(error);
  }
}
