import { PoolError, reasonOf } from "../../base/mod.ts";
import { RpcError } from "../../platform/rpc/mod.ts";

/**
 * Why no work can be had from a node:
 *
 * - `unreachable`, `unauthorized`, `busy`: as in {@link RpcError};
 * - `silent`: it takes connections and does not answer;
 * - `stale`: its tip has moved and its templates have not;
 * - `not_synced`: it is still catching up with the network;
 * - `empty`: it has no block at all;
 * - `other_network`: its chain is another than the pool's;
 * - `no_miner_address`: `mining.miner_address` is missing or of another network;
 * - `unsettled`: its chain or clock moves too fast for a template; passes by itself;
 * - `no_mempool`: its mempool is not active yet; passes by itself;
 * - `malformed`: its answer is not what the method answers with;
 * - `bad_template`: the template has a fault that no block may be built on;
 * - `refuses`: any other JSON-RPC error.
 */
export type NodeTroubleState =
  | "unreachable"
  | "unauthorized"
  | "busy"
  | "silent"
  | "stale"
  | "not_synced"
  | "empty"
  | "other_network"
  | "no_miner_address"
  | "unsettled"
  | "no_mempool"
  | "malformed"
  | "bad_template"
  | "refuses";

/** A node's chain is another than the pool's; the message says what to do. */
export class OtherNetworkError extends PoolError {
  constructor(message: string) {
    super("other-network", message);
  }
}

/** What keeps a node from being used, and what to do. */
export interface NodeTrouble {
  readonly state: NodeTroubleState;
  /** One or two sentences for an operator. */
  readonly reason: string;
}

interface KnownRefusal {
  readonly code: number;
  /** A part of the node's text, lower case. */
  readonly text: string;
  readonly state: NodeTroubleState;
  readonly reason: string;
}

/**
 * What zebrad 7.0.0 answers to getblocktemplate. Code 0 and -1 stand for several things, so the
 * text has to tell them apart; a changed text only costs the advice.
 */
const KNOWN_REFUSALS: readonly KnownRefusal[] = [
  {
    code: -10,
    text: "",
    state: "not_synced",
    reason: "The node is not synced yet. It recovers by itself; if it does not, check its " +
      "peers and its clock",
  },
  {
    code: 0,
    text: "miner parameters",
    state: "no_miner_address",
    reason: "The node has no usable miner address. Set mining.miner_address in its " +
      "configuration to an address of its own network and restart it",
  },
  {
    code: -1,
    text: "no chain tip",
    state: "empty",
    reason: "The node has no block yet. Wait until it has found peers and begun to sync",
  },
  {
    code: 0,
    text: "state is empty",
    state: "empty",
    reason: "The node has no block yet. Wait until it has found peers and begun to sync",
  },
  {
    code: 0,
    text: "too many blocks",
    state: "unsettled",
    reason: "The node commits many blocks at once. It recovers by itself",
  },
  {
    code: 0,
    text: "median-time-past",
    state: "unsettled",
    reason: "The node's clock is hours behind the chain. Set it by a time service",
  },
  {
    code: -1,
    text: "clock moved backwards",
    state: "unsettled",
    reason: "The node's clock was set back. It recovers by itself; keep it by a time service",
  },
  {
    code: 0,
    text: "mempool is not active",
    state: "no_mempool",
    reason: "The node's mempool is not active. It starts when the node has synced",
  },
];

/** Sorts what a call or the reading of its answer threw. */
export function troubleOf(thrown: unknown): NodeTrouble {
  if (thrown instanceof OtherNetworkError) {
    return { state: "other_network", reason: thrown.message };
  }
  if (!(thrown instanceof RpcError)) {
    return { state: "bad_template", reason: `The node's template is refused. ${reasonOf(thrown)}` };
  }
  switch (thrown.kind) {
    case "rpc":
      return refusalOf(thrown);
    case "timeout":
    case "aborted":
      return silentTrouble(thrown.message);
    case "unreachable":
    case "broken":
      return {
        state: "unreachable",
        reason: `${thrown.message}. Start the node, or correct its address and rpc.listen_addr`,
      };
    case "busy":
      return {
        state: "busy",
        reason: `${thrown.message}. Zebra serves 100 connections at once: check who else uses it`,
      };
    case "unauthorized":
    case "malformed":
      return { state: thrown.kind, reason: thrown.message };
  }
}

/** A node that does not answer. */
export function silentTrouble(message: string): NodeTrouble {
  return { state: "silent", reason: `${message}. Check whether it is overloaded or stopped` };
}

/** A node that gives no template on its own tip. */
export function staleTrouble(sinceMs: number): NodeTrouble {
  return {
    state: "stale",
    reason:
      `The node's tip has moved, and for ${sinceMs} ms it has given no template that builds ` +
      "on it. Check its log and restart it",
  };
}

function refusalOf(error: RpcError): NodeTrouble {
  const text = (error.rpcMessage ?? "").toLowerCase();
  const known = KNOWN_REFUSALS.find((item) =>
    item.code === error.rpcCode && text.includes(item.text)
  );
  const said = `it says: ${error.rpcMessage} (${error.rpcCode})`;
  return known === undefined
    ? { state: "refuses", reason: `The node gives no template; ${said}` }
    : { state: known.state, reason: `${known.reason}; ${said}` };
}
