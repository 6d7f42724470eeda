/** Asks a node for templates in a thread of its own, so that nothing but the node makes it wait. */
import { RpcNodeClient } from "../../src/chain/node/mod.ts";

/** What is asked of the thread. */
export interface TimingOrder {
  readonly url: string;
  readonly cookiePath: string;
  readonly forMs: number;
}

const thread = self as unknown as {
  onmessage: (event: MessageEvent<TimingOrder>) => void;
  postMessage: (times: number[]) => void;
};

thread.onmessage = async ({ data: { url, cookiePath, forMs } }) => {
  const client = new RpcNodeClient({ url, credentials: { kind: "cookie", path: cookiePath } });
  const times: number[] = [];
  const until = performance.now() + forMs;
  while (performance.now() < until) {
    const began = performance.now();
    await client.getBlockTemplate();
    times.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  thread.postMessage(times);
};
