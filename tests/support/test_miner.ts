import { systemClock, systemRandom } from "../../src/base/mod.ts";
import { createSolver } from "../../src/mining/equihash/mod.ts";
import { type MinerEvent, MinerRefused, MiningClient } from "../../src/demo/miner/mod.ts";
import { parsePoolUrl } from "../../src/wire/noise/mod.ts";
import { connect } from "../../src/wire/transport/mod.ts";

/** A CPU miner that works until it is stopped. */
export interface TestMiner {
  readonly events: MinerEvent[];
  /** Stops it; resolves when connection and solver are gone. */
  stop(): Promise<void>;
}

/** Starts a real miner: TCP, Noise when the address has a key, Equihash (200,9). */
export function startTestMiner(poolUrl: string, userIdentity: string): TestMiner {
  const { authorityKey, ...endpoint } = parsePoolUrl(poolUrl);
  const events: MinerEvent[] = [];
  const controller = new AbortController();
  const solver = createSolver();
  const client = new MiningClient(
    { endpoint, userIdentity, channel: "extended", nominalHashRate: 0 },
    {
      connect: (target, signal) =>
        connect(
          {
            ...target,
            signal,
            ...(authorityKey === undefined ? { plain: true } : { authorityKey }),
          },
          { clock: systemClock, random: systemRandom },
        ),
      solver,
      clock: systemClock,
      random: systemRandom,
      onEvent: (event) => void events.push(event),
    },
  );
  const running = client.run(controller.signal).catch((error) => {
    if (!(error instanceof MinerRefused)) throw error;
  });
  return {
    events,
    async stop() {
      controller.abort();
      await running;
      solver.close();
    },
  };
}
