import type { BatchEvent, BatchState } from "./batch_state.ts";

/** What an event does to a batch: a new state, or the reason why it cannot happen there. */
export type TransitionResult =
  | { readonly ok: true; readonly state: BatchState }
  | { readonly ok: false; readonly refusal: string };

/**
 * The one place that says which step follows which. Money moves with three of the results: set
 * aside with `reserved` and `handed`, paid with `settled`, given back with `released`.
 *
 * There is no way from a state in which a transaction may exist (`building`, `unknown`,
 * `broadcast` …) to a new attempt: only `reject` and `expire`, which stand for proof, and a
 * operator's `release_by_hand` lead to `released`, and from there nothing leads on.
 */
export function transition(state: BatchState, event: BatchEvent): TransitionResult {
  const next = nextState(state, event);
  return next === undefined
    ? { ok: false, refusal: `a batch that is ${state.kind} cannot ${event.kind}` }
    : { ok: true, state: next };
}

function nextState(state: BatchState, event: BatchEvent): BatchState | undefined {
  switch (state.kind) {
    case "planned":
      if (event.kind === "reserve") return { kind: "reserved" };
      return event.kind === "hand_over" ? { kind: "handed" } : undefined;
    case "reserved":
      return fromReserved(event);
    case "handed":
      return fromHanded(event);
    case "building":
      return fromBuilding(state, event);
    case "built":
    case "parked":
      return fromBuilt(state, event);
    case "unknown":
      return fromUnknown(state, event);
    case "broadcast":
      return fromBroadcast(state, event);
    case "mined":
      if (event.kind === "settle") return { kind: "settled", transactions: state.transactions };
      return event.kind === "unmine"
        ? { kind: "broadcast", transactions: state.transactions.map(unmined) }
        : undefined;
    case "rejected":
      if (event.kind !== "release") return undefined;
      return {
        kind: "released",
        reason: state.reason,
        recipientAtFault: state.recipientAtFault,
      };
    case "expired":
      return event.kind === "release" ? released(state.reason) : undefined;
    case "settled":
    case "released":
      return undefined;
  }
}

/** Nothing was asked of the wallet yet. */
function fromReserved(event: BatchEvent): BatchState | undefined {
  switch (event.kind) {
    case "intend":
      return { kind: "building", intent: event.intent };
    case "reject":
      return { kind: "rejected", ...rejection(event) };
    case "release_by_hand":
      return released(event.reason);
    default:
      return undefined;
  }
}

function fromHanded(event: BatchEvent): BatchState | undefined {
  switch (event.kind) {
    case "send":
      return sent(event);
    case "reject":
      return { kind: "rejected", ...rejection(event) };
    case "release_by_hand":
      return released(event.reason);
    default:
      return undefined;
  }
}

function fromBuilding(
  { intent, opid }: BatchState & { kind: "building" },
  event: BatchEvent,
): BatchState | undefined {
  switch (event.kind) {
    case "operation_started":
      // A second operation would be a second payment.
      if (opid !== undefined || intent.method !== "z_sendmany") return undefined;
      return { kind: "building", intent, opid: event.opid };
    case "build":
      if (intent.method !== "pczt" || event.transaction.hex === undefined) return undefined;
      return { kind: "built", intent, transaction: event.transaction };
    case "send":
      return sent(event);
    case "reject":
      return { kind: "rejected", ...rejection(event) };
    case "lose_track":
      return {
        kind: "unknown",
        intent,
        reason: event.reason,
        sinceMs: event.atMs,
        ...(opid === undefined ? {} : { opid }),
        transactions: event.transactions,
      };
    default:
      return undefined;
  }
}

function fromBuilt(
  state: BatchState & { kind: "built" | "parked" },
  event: BatchEvent,
): BatchState | undefined {
  switch (event.kind) {
    case "park": {
      const { intent, transaction } = state;
      return { kind: "parked", intent, transaction, reason: event.reason };
    }
    case "send":
      return sent(event);
    case "mine":
      return { kind: "mined", transactions: event.transactions };
    case "expire":
      return { kind: "expired", reason: event.reason };
    case "release_by_hand":
      // Bytes that were never sent stay here; those of a `built` batch may have reached a node.
      return state.kind === "parked" ? released(event.reason) : undefined;
    default:
      return undefined;
  }
}

function fromUnknown(
  state: BatchState & { kind: "unknown" },
  event: BatchEvent,
): BatchState | undefined {
  switch (event.kind) {
    case "lose_track":
      // Something more was learnt, and it is still not known; the time counts from the first.
      return { ...state, reason: event.reason, transactions: event.transactions };
    case "send":
      return sent(event);
    case "mine":
      return { kind: "mined", transactions: event.transactions };
    case "reject":
      return { kind: "rejected", ...rejection(event) };
    case "expire":
      return { kind: "expired", reason: event.reason };
    case "release_by_hand":
      return released(event.reason);
    default:
      return undefined;
  }
}

function fromBroadcast(
  state: BatchState & { kind: "broadcast" },
  event: BatchEvent,
): BatchState | undefined {
  const { transactions, dispute, doubt } = state;
  // Whatever becomes of a transaction that is not its payment says nothing of the batch.
  const isFollowed = dispute === undefined;
  switch (event.kind) {
    case "mine":
      return isFollowed ? { kind: "mined", transactions: event.transactions } : undefined;
    case "dispute":
      return isFollowed ? { kind: "broadcast", transactions, dispute: event.reason } : undefined;
    case "miss":
      return isFollowed ? { ...state, unseenFrom: event.height } : undefined;
    case "see":
      return isFollowed ? sent(event) : undefined;
    case "doubt":
      return isFollowed ? { ...state, doubt: event.doubt } : undefined;
    case "correct":
      return sent(event);
    case "reject":
      // The payer's word that it will not pay counts again once its transaction cannot be mined.
      return doubt?.kind === "expired" ? { kind: "rejected", ...rejection(event) } : undefined;
    case "expire":
      return isFollowed ? { kind: "expired", reason: event.reason } : undefined;
    case "release_by_hand":
      return released(event.reason);
    default:
      return undefined;
  }
}

function sent(event: BatchEvent & { kind: "send" | "see" | "correct" }): BatchState | undefined {
  return event.transactions.length === 0
    ? undefined
    : { kind: "broadcast", transactions: event.transactions };
}

function rejection({ reason, recipientAtFault }: BatchEvent & { kind: "reject" }) {
  return { reason, recipientAtFault };
}

function released(reason: string): BatchState {
  return { kind: "released", reason, recipientAtFault: false };
}

function unmined({ height: _height, blockHash: _hash, ...transaction }: SentAndMined) {
  return transaction;
}

type SentAndMined = (BatchState & { kind: "mined" })["transactions"][number];
