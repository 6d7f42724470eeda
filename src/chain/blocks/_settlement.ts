/**
 * One block at one node: submits it and finds out what became of it.
 *
 * What Zebra 7 answers is only half the truth: "duplicate" may mean that the block is merely
 * queued, null may mean a side chain, "rejected" has no reason, and a block whose parent the node
 * does not know is never answered. So after every answer, and after none, the chain is asked, and
 * what the chain says counts.
 *
 * @module
 */
import { equalBytes, reasonOf, sleep } from "../../base/mod.ts";
import type { Clock } from "../../base/mod.ts";
import type { BlockNode } from "./block_node.ts";
import type { VerdictState } from "./block_state.ts";
import type { FoundBlock } from "./found_block.ts";

/** What one node says about a block in the end. */
export interface NodeVerdict {
  readonly state: VerdictState;
  readonly reason: string;
  readonly nodeUrl: string;
}

/** What a settlement needs. */
export interface SettlementContext {
  readonly clock: Clock;
  /**
   * Waits before the second, third ... submission, in milliseconds; their sum bounds them also with
   * a node that takes its time over each answer.
   */
  readonly retryDelaysMs: readonly number[];
  /** Ends waiting and further submissions; calls under way go on to their own limit. */
  readonly settled: AbortSignal;
  /** Ends everything. */
  readonly closed: AbortSignal;
  /** Told of each answer to `submitblock`. */
  readonly onAnswer: (nodeUrl: string, answer: string) => void;
}

/** After this many "duplicate" answers with another block on the best chain it is a side chain. */
const DUPLICATES_MAX = 3;

/** What BIP 22 has for "the node has it and cannot say more yet"; Zebra 7 says the first alone. */
const KNOWN_ANSWERS: ReadonlySet<string> = new Set([
  "duplicate",
  "duplicate-inconclusive",
  "inconclusive",
]);

/** A rival that has been built on so far is not displaced any more by a block that no node takes. */
const BURIED_DEPTH = 100;

type SubmitAnswer =
  | { readonly kind: "taken" }
  | { readonly kind: "duplicate" }
  | { readonly kind: "refused"; readonly text: string }
  | { readonly kind: "none"; readonly reason: string };

type ChainAnswer = "ours" | "other" | "below" | "none";

/** That the node refuses the block, and why as far as it says. */
interface Refusal {
  readonly text: string;
  /** False when the node did not get to say why, as one that is just going down. */
  readonly explained: boolean;
}

/** Starts with the submission at once and never rejects. */
export async function settleAtNode(
  found: FoundBlock,
  node: BlockNode,
  context: SettlementContext,
): Promise<NodeVerdict> {
  const verdict = (state: VerdictState, reason: string): NodeVerdict => (
    { state, reason, nodeUrl: node.url }
  );
  let refusal: Refusal | undefined;
  let duplicates = 0;
  let last = "no answer yet";
  let refused = false;
  const { clock, retryDelaysMs } = context;
  const until = clock.monotonic() + retryDelaysMs.reduce((sum, delay) => sum + delay, 0);
  for (let attempt = 0; attempt <= retryDelaysMs.length; attempt++) {
    if (attempt > 0) {
      if (clock.monotonic() >= until) break;
      await sleep(clock, retryDelaysMs[attempt - 1] ?? 0, context.settled);
      if (context.settled.aborted) return verdict("unknown", last);
    }
    const answer = await submit(found, node, context);
    const chain = await askChain(found, node, context);
    if (chain === "ours") return verdict("accepted", "on the best chain");
    last = describe(answer, chain);
    if (answer.kind === "taken" && chain === "other") return verdict("side_chain", last);
    if (answer.kind === "duplicate" && chain === "other" && ++duplicates >= DUPLICATES_MAX) {
      return verdict("side_chain", last);
    }
    refused = answer.kind === "refused";
    if (answer.kind === "refused") {
      // Once more before it is called lost: Zebra also says "rejected" for passing troubles, and
      // while it goes down. The reason is asked for at once, while the parent is still the tip.
      if (refusal?.explained === true) return verdict("rejected", refusal.text);
      refusal = await learnReason(found, node, answer.text, context);
    }
  }
  // A node that went away after an unexplained refusal has not said its last word.
  if (refusal !== undefined && (refused || refusal.explained)) {
    return verdict("rejected", refusal.text);
  }
  return await isBuried(found, node, context)
    ? verdict("side_chain", `${last}, under ${BURIED_DEPTH} blocks`)
    : verdict("unknown", last);
}

async function submit(
  found: FoundBlock,
  node: BlockNode,
  context: SettlementContext,
): Promise<SubmitAnswer> {
  try {
    const answer = await node.submitBlock(found.block, { signal: context.closed });
    context.onAnswer(node.url, answer ?? "accepted");
    if (answer === null) return { kind: "taken" };
    return KNOWN_ANSWERS.has(answer) ? { kind: "duplicate" } : { kind: "refused", text: answer };
  } catch (thrown) {
    return { kind: "none", reason: reasonOf(thrown) };
  }
}

async function askChain(
  found: Pick<FoundBlock, "hash" | "height">,
  node: BlockNode,
  context: SettlementContext,
): Promise<ChainAnswer> {
  try {
    const hash = await node.getBlockHash(found.height, { signal: context.closed });
    if (hash === undefined) return "below";
    return equalBytes(hash, found.hash) ? "ours" : "other";
  } catch {
    return "none";
  }
}

/** Whether another block is so deep in the chain that submitting again is of no use. */
async function isBuried(
  found: FoundBlock,
  node: BlockNode,
  context: SettlementContext,
): Promise<boolean> {
  if (await askChain(found, node, context) !== "other") return false;
  const above = { hash: found.hash, height: found.height + BURIED_DEPTH };
  return await askChain(above, node, context) === "other";
}

async function learnReason(
  found: FoundBlock,
  node: BlockNode,
  text: string,
  context: SettlementContext,
): Promise<Refusal> {
  try {
    const reason = await node.proposeBlock(found.block, { signal: context.closed });
    const words = reason ??
      "all but the proof of work is valid, so the Equihash solution or the hash is wrong";
    return { text: `${text}: ${words}`, explained: true };
  } catch (thrown) {
    const words = `the reason could not be learned (${reasonOf(thrown)})`;
    return { text: `${text}: ${words}`, explained: false };
  }
}

function describe(answer: SubmitAnswer, chain: ChainAnswer): string {
  const submitted = {
    taken: "taken",
    duplicate: "known to the node",
    refused: "refused",
    none: answer.kind === "none" ? answer.reason : "no answer",
  }[answer.kind];
  const place = {
    ours: "on the best chain",
    other: "another block of this height is on the best chain",
    below: "the best chain has not reached its height",
    none: "the node does not tell its chain",
  }[chain];
  return `${submitted}; ${place}`;
}
