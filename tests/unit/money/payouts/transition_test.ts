import assert from "node:assert/strict";
import { BATCH_STATE_KINDS, type BatchStateKind } from "../../../../src/money/payouts/mod.ts";
import {
  type BatchEvent,
  type BatchEventKind,
  type BatchState,
  isFinal,
  occupiesWallet,
} from "../../../../src/money/payouts/batch_state.ts";
import { transition } from "../../../../src/money/payouts/transition.ts";

const TXID = "ab".repeat(32);
const TRANSACTION = { txid: TXID, hex: "00", expiryHeight: 50, feeZat: 1_000n };
const MINED = { ...TRANSACTION, height: 40, blockHash: "cd".repeat(32) };
const INTENT = { attempt: 1, method: "pczt", atMs: 5, startHeight: 10 } as const;
const SENDING = { ...INTENT, method: "z_sendmany" } as const;

/** States that differ in what is allowed, by a name of their own. */
const STATES: Readonly<Record<string, BatchState>> = {
  planned: { kind: "planned" },
  reserved: { kind: "reserved" },
  handed: { kind: "handed" },
  "building by pczt": { kind: "building", intent: INTENT },
  "building by z_sendmany": { kind: "building", intent: SENDING },
  "building under an opid": { kind: "building", intent: SENDING, opid: "opid-1" },
  built: { kind: "built", intent: INTENT, transaction: TRANSACTION },
  parked: { kind: "parked", intent: INTENT, transaction: TRANSACTION, reason: "old" },
  unknown: { kind: "unknown", intent: SENDING, reason: "lost", sinceMs: 6, transactions: [] },
  broadcast: { kind: "broadcast", transactions: [TRANSACTION] },
  "known to have expired": {
    ...{ kind: "broadcast", transactions: [TRANSACTION] },
    doubt: { kind: "expired", txid: TXID, expiryHeight: 50 },
  },
  disputed: { kind: "broadcast", transactions: [TRANSACTION], dispute: "it pays another one" },
  mined: { kind: "mined", transactions: [MINED] },
  settled: { kind: "settled", transactions: [MINED] },
  rejected: { kind: "rejected", reason: "no funds", recipientAtFault: false },
  expired: { kind: "expired", reason: "too late" },
  released: { kind: "released", reason: "too late", recipientAtFault: false },
};

const EVENTS: Readonly<Record<BatchEventKind, BatchEvent>> = {
  reserve: { kind: "reserve" },
  hand_over: { kind: "hand_over" },
  intend: { kind: "intend", intent: INTENT },
  operation_started: { kind: "operation_started", opid: "opid-2" },
  build: { kind: "build", transaction: TRANSACTION },
  park: { kind: "park", reason: "old" },
  send: { kind: "send", transactions: [TRANSACTION] },
  correct: { kind: "correct", transactions: [TRANSACTION] },
  reject: { kind: "reject", reason: "no funds", recipientAtFault: false },
  dispute: { kind: "dispute", reason: "it pays another one" },
  miss: { kind: "miss", height: 40 },
  see: { kind: "see", transactions: [TRANSACTION] },
  doubt: { kind: "doubt", doubt: { kind: "unseen", txid: TXID, fromHeight: 40 } },
  lose_track: { kind: "lose_track", reason: "lost", atMs: 7, transactions: [] },
  mine: { kind: "mine", transactions: [MINED] },
  unmine: { kind: "unmine" },
  settle: { kind: "settle" },
  expire: { kind: "expire", reason: "too late" },
  release: { kind: "release" },
  release_by_hand: { kind: "release_by_hand", reason: "a person" },
};

/** Every step that there is; all others are refused. */
const STEPS: Readonly<Record<string, Partial<Record<BatchEventKind, BatchStateKind>>>> = {
  planned: { reserve: "reserved", hand_over: "handed" },
  reserved: { intend: "building", reject: "rejected", release_by_hand: "released" },
  handed: { send: "broadcast", reject: "rejected", release_by_hand: "released" },
  "building by pczt": {
    ...{ build: "built", send: "broadcast", reject: "rejected", lose_track: "unknown" },
  },
  "building by z_sendmany": {
    operation_started: "building",
    ...{ send: "broadcast", reject: "rejected", lose_track: "unknown" },
  },
  "building under an opid": { send: "broadcast", reject: "rejected", lose_track: "unknown" },
  built: { park: "parked", send: "broadcast", mine: "mined", expire: "expired" },
  parked: {
    ...{ park: "parked", send: "broadcast", mine: "mined", expire: "expired" },
    release_by_hand: "released",
  },
  unknown: {
    ...{ lose_track: "unknown", send: "broadcast", mine: "mined", reject: "rejected" },
    ...{ expire: "expired", release_by_hand: "released" },
  },
  broadcast: {
    ...{ mine: "mined", correct: "broadcast", expire: "expired", dispute: "broadcast" },
    ...{ miss: "broadcast", see: "broadcast", doubt: "broadcast", release_by_hand: "released" },
  },
  "known to have expired": {
    ...{ mine: "mined", correct: "broadcast", expire: "expired", dispute: "broadcast" },
    ...{ miss: "broadcast", see: "broadcast", doubt: "broadcast", release_by_hand: "released" },
    reject: "rejected",
  },
  disputed: { correct: "broadcast", release_by_hand: "released" },
  mined: { settle: "settled", unmine: "broadcast" },
  settled: {},
  rejected: { release: "released" },
  expired: { release: "released" },
  released: {},
};

Deno.test("every pair of a state and an event has its one outcome", () => {
  assert.deepEqual(
    new Set(Object.values(STATES).map(({ kind }) => kind)),
    new Set(BATCH_STATE_KINDS),
  );
  for (const [name, state] of Object.entries(STATES)) {
    for (const [kind, event] of Object.entries(EVENTS)) {
      const result = transition(state, event);
      const expected = STEPS[name]?.[kind as BatchEventKind];
      assert.equal(result.ok ? result.state.kind : undefined, expected, `${name} + ${kind}`);
      if (!result.ok) assert.match(result.refusal, new RegExp(`${state.kind} cannot ${kind}`));
    }
  }
});

Deno.test("no way leads back to calling the wallet, and money moves once", () => {
  const from = (kind: BatchStateKind): Set<BatchStateKind> => {
    const reached = new Set<BatchStateKind>();
    const queue: BatchStateKind[] = [kind];
    for (const next of queue) {
      for (const [name, state] of Object.entries(STATES)) {
        if (state.kind !== next) continue;
        for (const target of Object.values(STEPS[name] ?? {})) {
          if (reached.has(target)) continue;
          reached.add(target);
          queue.push(target);
        }
      }
    }
    return reached;
  };
  for (const kind of BATCH_STATE_KINDS) {
    if (kind !== "planned" && kind !== "reserved") assert.ok(!from(kind).has("reserved"), kind);
    if (kind !== "planned" && kind !== "reserved" && kind !== "building") {
      assert.ok(!from(kind).has("building"), kind);
    }
    assert.equal(isFinal(kind), from(kind).size === 0, kind);
  }
  const occupied = BATCH_STATE_KINDS.filter(occupiesWallet);
  assert.deepEqual(occupied, ["building", "built", "parked", "unknown"]);
});

Deno.test("what is known goes along, and nothing more", () => {
  const built = STATES.built;
  assert.ok(built !== undefined);
  const sent = transition(built, EVENTS.send);
  assert.deepEqual(sent.ok && sent.state, { kind: "broadcast", transactions: [TRANSACTION] });
  const mined = STATES.mined;
  assert.ok(mined !== undefined);
  const unmined = transition(mined, EVENTS.unmine);
  assert.deepEqual(unmined.ok && unmined.state, { kind: "broadcast", transactions: [TRANSACTION] });
  const nothing = transition(built, { kind: "send", transactions: [] });
  assert.equal(nothing.ok, false);
  const unstored = transition({ kind: "building", intent: INTENT }, {
    ...{ kind: "build", transaction: { txid: TXID } },
  });
  assert.equal(unstored.ok, false, "a transaction without its bytes cannot be sent by us");
});
