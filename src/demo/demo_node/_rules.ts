/**
 * The rules of a chain of this node, as far as they depend on height: a private Testnet whose
 * upgrades up to NU6.3 hold from block 1 and NU7 from a height of its own.
 *
 * @module
 */

/** What a chain is made with. */
export interface ChainRules {
  /** The easiest target, in its compact-rounded form. */
  readonly powLimit: bigint;
  /** Whether proof of work is checked and difficulty moves (never off in the demo). */
  readonly proofOfWork: boolean;
  /** First height of NU7. */
  readonly nu7Height: number;
  /** Seconds between blocks that NU7's retargeting aims at. */
  readonly nu7SpacingSecs: number;
  /** Where 8 % of each subsidy must go; 12 % more stay in the lockbox. None: all is the miner's. */
  readonly fundingStream: { readonly address: string; readonly script: Uint8Array } | undefined;
}

/** Names and branch ids of the upgrades in order; all but the last begin at height 1. */
const UPGRADES = [
  { name: "Overwinter", branchId: 0x5ba81b19 },
  { name: "Sapling", branchId: 0x76b809bb },
  { name: "Blossom", branchId: 0x2bb40e60 },
  { name: "Heartwood", branchId: 0xf5b9230b },
  { name: "Canopy", branchId: 0xe9ff75a6 },
  { name: "NU5", branchId: 0xc2d6d0b4 },
  { name: "NU6", branchId: 0xc8e71055 },
  { name: "NU6.1", branchId: 0x4dec4df0 },
  { name: "NU6.2", branchId: 0x5437f330 },
  { name: "NU6.3", branchId: 0x37a5165b },
] as const;
const NU6_3_BRANCH_ID = 0x37a5165b;
const NU7_BRANCH_ID = 0x77190ad9;

/** An upgrade with the height from which it holds. */
export interface Activation {
  readonly name: string;
  readonly branchId: number;
  readonly height: number;
}

/** Every upgrade of a chain, oldest first. */
export function activations(rules: ChainRules): Activation[] {
  return [
    ...UPGRADES.map((upgrade) => ({ ...upgrade, height: 1 })),
    { name: "NU7", branchId: NU7_BRANCH_ID, height: rules.nu7Height },
  ];
}

/** The branch id that transactions at a height must name. */
export function branchIdAt(rules: ChainRules, height: number): number {
  return height >= rules.nu7Height ? NU7_BRANCH_ID : NU6_3_BRANCH_ID;
}

/** How difficulty is adjusted for a block of some height (Zcash protocol §7.7.3, ZIP 218). */
export interface DifficultyWindow {
  readonly blocks: number;
  readonly spacingSecs: number;
}

/** @param height of the block whose difficulty is sought. */
export function difficultyWindowAt(rules: ChainRules, height: number): DifficultyWindow {
  return height >= rules.nu7Height
    ? { blocks: 102, spacingSecs: rules.nu7SpacingSecs }
    : { blocks: 17, spacingSecs: 75 };
}

/** How a block's subsidy is shared out; the three parts make up the whole. */
export interface SubsidyParts {
  readonly totalZat: bigint;
  readonly minerZat: bigint;
  readonly streamZat: bigint;
  readonly lockboxZat: bigint;
}

// 6.25 ZEC after Blossom, a third of it from NU7 (ZIP 218). The first halving of a chain like this
// is past five million blocks, which no demo reaches.
const BLOSSOM_SUBSIDY_ZAT = 625_000_000n;

/** The subsidy of a block; the genesis block has none. */
export function subsidyAt(rules: ChainRules, height: number): SubsidyParts {
  const totalZat = height < 1
    ? 0n
    : height >= rules.nu7Height
    ? BLOSSOM_SUBSIDY_ZAT / 3n
    : BLOSSOM_SUBSIDY_ZAT;
  const share = (percent: bigint) => rules.fundingStream ? totalZat * percent / 100n : 0n;
  const streamZat = share(8n);
  const lockboxZat = share(12n);
  return { totalZat, minerZat: totalZat - streamZat - lockboxZat, streamZat, lockboxZat };
}

/** What a miner may keep of a block's fees: from NU7 all but 60 %, rounded once (ZIP 235). */
export function minerFeesAt(rules: ChainRules, height: number, feesZat: bigint): bigint {
  return height >= rules.nu7Height ? feesZat - feesZat * 6n / 10n : feesZat;
}
