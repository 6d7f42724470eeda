import { systemClock } from "../../src/base/mod.ts";
import {
  createWorkerVerifier,
  NO_VERIFIER_METRICS,
  verifySolution,
} from "../../src/mining/equihash/mod.ts";
import { rightShares } from "./_equihash_shares.ts";

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function startWorker(body: string): Worker {
  const url = URL.createObjectURL(new Blob([body], { type: "text/javascript" }));
  return new Worker(url, { type: "module" });
}

/** Microseconds from one call to its end. */
async function time(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return (performance.now() - start) * 1000;
}

/** Makes an empty round trip by messages. */
function messageTrips(): { trip(): Promise<unknown>; end(): void } {
  const worker = startWorker("self.onmessage = ({ data }) => self.postMessage(data);");
  return {
    trip: () =>
      new Promise((resolve) => {
        worker.onmessage = resolve;
        worker.postMessage(0);
      }),
    end: () => worker.terminate(),
  };
}

/** A share's bytes cross, and the thread counts the time for as long as a check takes. */
interface Load {
  readonly bytes: Uint8Array;
  readonly busyUs: number;
}

/**
 * Makes a round trip by shared memory, with a load or empty.
 *
 * @returns with `busyUs()`, for how long the thread was really busy at the last trip.
 */
function sharedTrips({ bytes, busyUs }: Load): {
  trip(): Promise<unknown>;
  busyUs(): number;
  end(): void;
} {
  const worker = startWorker(`self.onmessage = ({ data }) => {
    const busy = new Float64Array(data.buffer, 8, 1);
    const shared = new Uint8Array(data.buffer, 16);
    const own = new Uint8Array(shared.length);
    for (let n = 0; Atomics.load(data, 0) >= 0;) {
      Atomics.wait(data, 0, n);
      n = Atomics.load(data, 0);
      if (shared.length > 0) own.set(shared);
      if (${busyUs} > 0) {
        const begun = performance.now();
        do busy[0] = (performance.now() - begun) * 1000; while (busy[0] < ${busyUs});
      }
      Atomics.store(data, 1, n);
      Atomics.notify(data, 1);
    }
  };`);
  const shared = new SharedArrayBuffer(16 + bytes.length);
  const words = new Int32Array(shared, 0, 2);
  const busy = new Float64Array(shared, 8, 1);
  const load = new Uint8Array(shared, 16);
  worker.postMessage(words);
  let count = 0;
  const set = (value: number): void => {
    Atomics.store(words, 0, value);
    Atomics.notify(words, 0);
  };
  return {
    async trip() {
      const waiting = Atomics.waitAsync(words, 1, count);
      if (bytes.length > 0) load.set(bytes);
      set(++count);
      if (waiting.async) await waiting.value;
    },
    busyUs: () => busy[0] ?? 0,
    end() {
      set(-1);
      worker.terminate();
    },
  };
}

/** Latencies in microseconds, one value a trial; taken in turns. */
export interface Latencies {
  readonly emptyMessage: number[];
  readonly emptyShared: number[];
  /** The same with a {@link Load}, without the time of the check. */
  readonly loadedShared: number[];
  readonly share: number[];
  /** A check on the calling thread, after the same rest: slower than in a loop. */
  readonly bareCheck: number[];
}

/** As many as the engine needs to compile what is called once a trip. */
const WARM_UP_TRIPS = 15_000;

/** Lets everything rest before each trial: this is the latency at low load. */
export async function measureLatency(trials: number): Promise<Latencies> {
  const verifier = createWorkerVerifier(
    { threads: 1, queueCapacity: 8 },
    { clock: systemClock, metrics: NO_VERIFIER_METRICS },
  );
  const header = rightShares[0] as Uint8Array;
  const messages = messageTrips();
  const shared = sharedTrips({ bytes: new Uint8Array(0), busyUs: 0 });
  const loaded = sharedTrips({ bytes: header, busyUs: 40 });
  const check = (): Promise<unknown> =>
    verifier.verify({ header, source: { network: "192.0.2.1", id: 1 }, urgent: true }) ??
      Promise.resolve();
  const bareCheck = (): Promise<void> => {
    verifySolution(header);
    return Promise.resolve();
  };
  // As in a pool that has run for a while: all code on the way is compiled.
  for (let i = 0; i < WARM_UP_TRIPS; i++) {
    for (const trip of [messages.trip, shared.trip, loaded.trip, check, bareCheck]) await trip();
  }
  const latencies: Latencies = {
    ...{ emptyMessage: [], emptyShared: [], loadedShared: [], share: [], bareCheck: [] },
  };
  const kinds: readonly (() => Promise<void>)[] = [
    async () => void latencies.emptyMessage.push(await time(messages.trip)),
    async () => void latencies.emptyShared.push(await time(shared.trip)),
    async () => void latencies.loadedShared.push(await time(loaded.trip) - loaded.busyUs()),
    async () => void latencies.share.push(await time(check)),
    async () => void latencies.bareCheck.push(await time(bareCheck)),
  ];
  for (let i = 0; i < trials; i++) {
    // In another order each time: what went before has cooled the caches.
    for (let k = 0; k < kinds.length; k++) {
      await sleep(5);
      await kinds[(i * (1 + i % 4) + k * (1 + i % 4)) % kinds.length]?.();
    }
  }
  messages.end();
  shared.end();
  loaded.end();
  await verifier.close();
  return latencies;
}

/** Rounds that are not counted: threads, queues and their code are as in a pool that has run a while. */
const WARM_UP_ROUNDS = 8;

/** Shares a second through the pool, one value a round, for each number of threads in turn. */
export async function measureThroughput(
  threads: readonly number[],
  rounds: number,
): Promise<number[][]> {
  const shares = 4000;
  const verifiers = threads.map((count) =>
    createWorkerVerifier(
      { threads: count, queueCapacity: shares, networkCapacity: shares },
      { clock: systemClock, metrics: NO_VERIFIER_METRICS },
    )
  );
  const results: number[][] = threads.map(() => []);
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (const [i, verifier] of verifiers.entries()) {
      const elapsedUs = await time(() =>
        Promise.all(Array.from({ length: shares }, (_, n) =>
          verifier.verify({
            header: rightShares[n % rightShares.length] as Uint8Array,
            source: { network: `192.0.2.${n % 50}`, id: n % 50 },
            urgent: false,
          })))
      );
      if (round >= 0) results[i]?.push(shares / elapsedUs * 1e6);
    }
  }
  for (const verifier of verifiers) await verifier.close();
  return results;
}
