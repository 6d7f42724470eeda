import { concatBytes } from "../../src/base/mod.ts";
import type { JobTemplate } from "../../src/chain/jobs/mod.ts";

/** What a test says of a template; the rest is plain. */
export interface TemplateWish {
  /** Number of the parent block; templates with one number have one parent. */
  readonly parent?: number;
  readonly serial?: number;
  readonly networkTarget?: bigint;
  readonly empty?: boolean;
  readonly height?: number;
  readonly time?: number;
}

/** 32 bytes that stand for a number. */
export function numbered(value: number): Uint8Array {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** A job template whose header fields are filled with plain values; not a valid block. */
export function jobTemplate(wish: TemplateWish = {}): JobTemplate {
  const { parent = 1, serial = 0, height = 100, time = 1_790_000_000 } = wish;
  return {
    atTime: (later) => later > time ? jobTemplate({ ...wish, time: later }) : jobTemplate(wish),
    serial,
    height,
    version: 4,
    previousBlockHash: numbered(parent),
    merkleRoot: numbered(1_000 + serial),
    blockCommitments: numbered(2_000 + serial),
    time,
    minTime: time - 100,
    maxTime: time + 7_200,
    bits: 0x1f07ffff,
    networkTarget: wish.networkTarget ?? (1n << 243n) - 1n,
    coinbase: new Uint8Array(100),
    coinbaseTxid: numbered(3_000 + serial),
    minerValueZat: 41_666_668n,
    minerOutputs: [],
    feesZat: 0n,
    transactionCount: wish.empty === true ? 0 : 3,
    empty: wish.empty ?? false,
    payee: "checked",
    unread: undefined,
    body: {
      transactions: [],
      chainHistoryRoot: numbered(4_000),
      sizeLimit: 2_000_000,
      sigopLimit: 20_000,
    },
    withCoinbase: () => {
      throw new Error("a plain template has no other coinbase");
    },
    get undivided() {
      return this;
    },
    withSplit: () => {
      throw new Error("a plain template has no other coinbase");
    },
    headerPrefix: () => concatBytes(numbered(parent), numbered(serial), new Uint8Array(44)),
    encodeBlock: (header) => concatBytes(header, Uint8Array.of(1)),
  };
}
