/** From a foreign block to the template event: by each way of asking alone, and as the pool does. */
import { systemClock } from "../../src/base/mod.ts";
import { TemplateProvider } from "../../src/chain/template_provider/mod.ts";
import type { NodeClient } from "../../src/chain/node/mod.ts";
import { untilTemplate, type ZebraNode } from "../support/zebra.ts";
import { ProviderEvents } from "../support/provider_events.ts";

/** Milliseconds from the call that makes the node accept a block to the event. */
export interface NewTipTimes {
  readonly way: "long poll" | "poll" | "pool";
  readonly times: readonly number[];
}

/** For "long poll" and "poll" the other way is switched off, so that each shows what it can do. */
export async function measureNewTips(
  node: ZebraNode,
  way: NewTipTimes["way"],
  blocks: number,
): Promise<NewTipTimes> {
  await untilTemplate(node);
  const client = way === "poll" ? withoutLongPoll(node.client()) : node.client();
  const never = { pollIntervalMs: 3_600_000, failoverTimeoutMs: 7_200_000 };
  // The wait for a full template is a decision of the pool's, not a time of the node's.
  const options = way === "pool" ? {} : { coalesceMs: 0, ...(way === "poll" ? {} : never) };
  const provider = new TemplateProvider(options, { nodes: [client], clock: systemClock });
  const events = new ProviderEvents(provider);
  const times: number[] = [];
  try {
    const first = await events.next("first template", (event) => event.kind === "template");
    let height = first.event.kind === "template" ? first.event.template.height : 0;
    for (let block = 0; block < blocks; block++) {
      // All phases of the poll's interval, and slow enough for the pace of long polls.
      await new Promise((resolve) => setTimeout(resolve, 300 + (block * 137) % 500));
      const at = performance.now();
      const [told] = await Promise.all([events.newParent(++height), node.generate()]);
      times.push(told - at);
    }
  } finally {
    await provider.close();
    await events.ended;
  }
  return { way, times: times.sort((a, b) => a - b) };
}

/** As "median 3.1, 95 % 4.0, worst 6.2 ms". */
export function summary({ way, times }: NewTipTimes): string {
  const at = (share: number): string =>
    (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? NaN).toFixed(1);
  return `${way}: median ${at(0.5)}, 95 % ${at(0.95)}, worst ${
    at(1)
  } ms over ${times.length} blocks`;
}

/** The node's client with a long poll that is never answered. */
function withoutLongPoll(client: NodeClient): NodeClient {
  const getBlockTemplate: NodeClient["getBlockTemplate"] = (options = {}) => {
    const { longPollId, signal } = options;
    if (longPollId === undefined) {
      return client.getBlockTemplate(signal === undefined ? {} : { signal });
    }
    return new Promise((_resolve, reject) => {
      signal?.addEventListener("abort", () => reject(new Error("given up")), { once: true });
    });
  };
  return new Proxy(client, {
    get(target, name) {
      if (name === "getBlockTemplate") return getBlockTemplate;
      // The client's own fields are private to it: its methods must run on itself.
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
