/**
 * Two chains that a real zebrad 7.0.0 made, given to the demo node's own code: whatever its twins
 * read differently from the real node shows here.
 */
import assert from "node:assert/strict";
import { hashFromDisplay, hexToBytes, reversed } from "../../../../src/base/mod.ts";
import { readTransparentAddress, scriptOf } from "../../../../src/demo/demo_node/_address.ts";
import { parseBlock, readHeader } from "../../../../src/demo/demo_node/_block.ts";
import type { Genesis } from "../../../../src/demo/demo_node/_chain_block.ts";
import { expandBits } from "../../../../src/demo/demo_node/_compact_bits.ts";
import { NodeCore } from "../../../../src/demo/demo_node/_node_core.ts";
import type { ChainRules } from "../../../../src/demo/demo_node/_rules.ts";
import { WireReader } from "../../../../src/demo/demo_node/_wire.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

export interface RecordedBlock {
  readonly height: number;
  readonly hash: string;
  readonly hex: string;
}

/** A call, and what the node answered. */
export interface RecordedCall {
  readonly node: string;
  readonly method: string;
  readonly params?: unknown[];
  readonly note?: string;
  readonly body: { readonly result?: unknown; readonly error?: unknown };
}

interface Recorded {
  readonly templates: readonly { readonly node: string; readonly result: RecordedTemplate }[];
  readonly pow_testnet_nu7_blocks: readonly RecordedBlock[];
  readonly regtest_nu7_blocks: readonly RecordedBlock[];
}

export type RecordedTemplate = Readonly<Record<string, unknown>> & {
  readonly curtime: number;
  readonly maxtime: number;
  readonly coinbasetxn: { readonly data: string };
};

/** The chains by the names that the record uses. */
export type ChainName = "pow_testnet_nu7" | "regtest_nu7";

export function readData<T>(path: string): T {
  const url = new URL(`../../../vectors/data/${path}.json`, import.meta.url);
  return JSON.parse(Deno.readTextFileSync(url)) as T;
}

export const recorded = readData<Recorded>("zcash/zebra_7.0.0");

export function recordedBlocks(name: ChainName): readonly RecordedBlock[] {
  return recorded[`${name}_blocks`];
}

export function recordedTemplate(name: ChainName): RecordedTemplate {
  const entry = recorded.templates.find((template) => template.node === name);
  assert(entry !== undefined);
  return entry.result;
}

export function recordedCalls(): readonly RecordedCall[] {
  return readData<{ calls: RecordedCall[] }>("demo_node/calls_7.0.0").calls;
}

/** The rules that a recorded chain was made under. */
export function rulesOf(name: ChainName): ChainRules {
  const address = "t2Gvxv2uNM7hbbACjNox4H6DjByoKZ2Fa3P";
  const stream = readTransparentAddress(address);
  assert(stream !== undefined);
  return name === "regtest_nu7"
    ? {
      powLimit: expandBits(0x200f0f0f) ?? 0n,
      proofOfWork: false,
      nu7Height: 3,
      nu7SpacingSecs: 25,
      fundingStream: { address, script: scriptOf(stream) },
    }
    : {
      powLimit: expandBits(0x2007ffff) ?? 0n,
      proofOfWork: true,
      nu7Height: 4,
      nu7SpacingSecs: 25,
      fundingStream: undefined,
    };
}

/** A node with a recorded chain's genesis block, its clock at the time of the recorded template. */
export function recordedNode(name: ChainName) {
  const template = recordedTemplate(name);
  // Only in this much do the two clocks of a node, the one for the latest time and Regtest's
  // standing one for headers, agree.
  const clock = new FakeClock((template.maxtime - 7_200) * 1000);
  const core = new NodeCore({
    rules: rulesOf(name),
    genesis: genesisOf(name),
    minerAddress: "t27eWDgjFYJGVXmzrXeVjnb5J3uXDM9xH9v",
    extraCoinbaseData: extraDataOf(template.coinbasetxn.data),
    seed: "recorded",
    transactionIntervalMs: 0,
  }, { clock, onBlock: () => {} });
  return { core, clock };
}

/** Adds all recorded blocks after the first, by all checks that the chain's rules ask for. */
export function addRecorded(core: NodeCore, name: ChainName, nowMs: number): void {
  for (const { hex, height } of recordedBlocks(name).slice(1)) {
    const block = parseBlock(hexToBytes(hex));
    const result = core.chain.add(block, { nowMs, proofOfWork: core.chain.rules.proofOfWork });
    const reason = result.kind === "refused" ? result.refusal.message : result.kind;
    assert.equal(result.kind, "added", `block ${height}: ${reason}`);
  }
}

function genesisOf(name: ChainName): Genesis {
  const [first] = recordedBlocks(name);
  assert(first !== undefined);
  const bytes = hexToBytes(first.hex);
  // Regtest's first block has a short solution, which no other block may have.
  const withLongSolution = bytes[140] === 0x24
    ? Uint8Array.from([...bytes.subarray(0, 140), 0xfd, 0x40, 0x05, ...new Uint8Array(1344)])
    : bytes;
  const header = readHeader(new WireReader(withLongSolution));
  return {
    header,
    bytes,
    hash: hashFromDisplay(first.hash),
    txids: [header.merkleRoot],
    unspent: new Map(),
  };
}

/** What the template's maker put behind the node's own mark and ": " in the scriptSig. */
function extraDataOf(coinbaseHex: string): Uint8Array {
  const start = coinbaseHex.indexOf("f09fa6933a20");
  if (start < 0) return new Uint8Array(0);
  const pushed = Number(`0x${coinbaseHex.slice(start - 2, start)}`);
  return hexToBytes(coinbaseHex.slice(start + 12, start + 2 * pushed));
}

/** A display hash of all zeros but one digit, for blocks that nobody knows. */
export function unknownHash(): Uint8Array {
  return reversed(Uint8Array.from({ length: 32 }, (_, i) => i === 31 ? 1 : 0));
}
