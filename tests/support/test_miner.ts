import { systemClock, systemRandom } from "../../src/base/mod.ts";
import { createSolver } from "../../src/mining/equihash/mod.ts";
import { type MinerEvent, MinerRefused, MiningClient } from "../../src/demo/miner/mod.ts";
import { parsePoolUrl } from "../../src/wire/noise/mod.ts";
import { parseStratumUrl } from "../../src/wire/stratum/mod.ts";
import { connect, connectLines } from "../../src/wire/transport/mod.ts";

/** A CPU miner that works until it is stopped. */
export interface TestMiner {
  readonly events: MinerEvent[];
  /** Stops it; resolves when connection and solver are gone. */
  stop(): Promise<void>;
}

/** Starts a real miner: TCP, Noise when the address has a key, Stratum V1 by its URL, Equihash (200,9). */
export function startTestMiner(poolUrl: string, userIdentity: string): TestMiner {
  const stratum = parseStratumUrl(poolUrl);
  const { authorityKey, ...endpoint } = stratum === undefined ? parsePoolUrl(poolUrl) : {
    ...stratum,
    authorityKey: undefined,
  };
  const events: MinerEvent[] = [];
  const controller = new AbortController();
  const solver = createSolver();
  const client = new MiningClient(
    {
      ...{ endpoint, userIdentity, channel: "extended", nominalHashRate: 0 },
      protocol: stratum === undefined ? "stratum2" : "stratum1",
    },
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
      connectLines: (target, signal) => connectLines({ ...target, signal }, { clock: systemClock }),
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
