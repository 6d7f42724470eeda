import { systemClock } from "../../src/base/mod.ts";
import {
  createWorkerVerifier,
  silentVerifierMetrics,
  verifySolution,
} from "../../src/equihash/mod.ts";
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

/** Makes an empty round trip by shared memory. */
function sharedTrips(): { trip(): Promise<unknown>; end(): void } {
  const worker = startWorker(`self.onmessage = ({ data }) => {
    for (let n = 0; Atomics.load(data, 0) >= 0;) {
      Atomics.wait(data, 0, n);
      n = Atomics.load(data, 0);
      Atomics.store(data, 1, n);
      Atomics.notify(data, 1);
    }
  };`);
  const words = new Int32Array(new SharedArrayBuffer(8));
  worker.postMessage(words);
  let count = 0;
  const set = (value: number): void => {
    Atomics.store(words, 0, value);
    Atomics.notify(words, 0);
  };
  return {
    async trip() {
      const waiting = Atomics.waitAsync(words, 1, count);
      set(++count);
      if (waiting.async) await waiting.value;
    },
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
  readonly share: number[];
  /** A check on the calling thread, after the same rest: slower than in a loop. */
  readonly bareCheck: number[];
}

/** Lets everything rest before each trial: this is the latency at low load. */
export async function measureLatency(trials: number): Promise<Latencies> {
  const verifier = createWorkerVerifier(
    { threads: 1, queueCapacity: 8 },
    { clock: systemClock, metrics: silentVerifierMetrics },
  );
  const [messages, shared] = [messageTrips(), sharedTrips()];
  const header = rightShares[0] as Uint8Array;
  const check = (): Promise<unknown> =>
    verifier.verify({ header, source: 1, urgent: true }) ?? Promise.resolve();
  // As in a pool that has run for a while: all code on the way is compiled.
  for (let i = 0; i < 3000; i++) await Promise.all([messages.trip(), shared.trip(), check()]);
  const latencies: Latencies = { emptyMessage: [], emptyShared: [], share: [], bareCheck: [] };
  for (let i = 0; i < trials; i++) {
    await sleep(5);
    latencies.emptyMessage.push(await time(messages.trip));
    await sleep(5);
    latencies.emptyShared.push(await time(shared.trip));
    await sleep(5);
    latencies.share.push(await time(check));
    await sleep(5);
    const start = performance.now();
    verifySolution(header);
    latencies.bareCheck.push((performance.now() - start) * 1000);
  }
  messages.end();
  shared.end();
  await verifier.close();
  return latencies;
}

/** Shares a second through the pool, one value a round, for each number of threads in turn. */
export async function measureThroughput(
  threads: readonly number[],
  rounds: number,
  betweenRounds: () => Promise<void>,
): Promise<number[][]> {
  const shares = 4000;
  const verifiers = threads.map((count) =>
    createWorkerVerifier(
      { threads: count, queueCapacity: shares, sourceCapacity: shares },
      { clock: systemClock, metrics: silentVerifierMetrics },
    )
  );
  const results: number[][] = threads.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    await betweenRounds();
    for (const [i, verifier] of verifiers.entries()) {
      const elapsedUs = await time(() =>
        Promise.all(Array.from({ length: shares }, (_, n) =>
          verifier.verify({
            header: rightShares[n % rightShares.length] as Uint8Array,
            source: n % 50,
            urgent: false,
          })))
      );
      // The first round warms up.
      if (round > 0) results[i]?.push(shares / elapsedUs * 1e6);
    }
  }
  for (const verifier of verifiers) await verifier.close();
  return results;
}
