/** What a pool may answer to a share, by a model that knows nothing of how the pool decides. */
import { NETWORK_TARGET } from "./sim_chain.ts";
import type { SentShare } from "./sim_miner.ts";

/** What became of a share, in one set of words for both protocols. */
export type PlainAnswer =
  | "accepted"
  | "stale"
  | "duplicate"
  | "low"
  | "invalid"
  | "overloaded"
  | "other";

/** How things stood when a share was handed in. */
export interface Circumstances {
  readonly isRight: boolean;
  /** Its job is on the parent that its pool process has. */
  readonly isOnParent: boolean;
  /** No node reaches the process: its work may have been withdrawn. */
  readonly mayBeWithdrawn: boolean;
  /** Records or verifier may take no more. */
  readonly mayBeFull: boolean;
}

const WORDS: Readonly<Record<string, PlainAnswer>> = {
  "accepted": "accepted",
  "stale-share": "stale",
  "invalid-job-id": "stale",
  "Job not found (=stale)": "stale",
  "Job not found": "stale",
  "duplicate-share": "duplicate",
  "Duplicate share": "duplicate",
  "difficulty-too-low": "low",
  "Low difficulty share": "low",
  "invalid-solution": "invalid",
  "Invalid solution": "invalid",
  "overloaded": "overloaded",
  "The pool could not check the share in time": "overloaded",
};

/** The pool's answer in these words. */
export function plainAnswer(answer: string): PlainAnswer {
  return WORDS[answer] ?? "other";
}

/** The answers that are right. @param taken whether this very header was accepted before. */
export function allowedAnswers(
  share: Pick<SentShare, "job" | "value">,
  { isRight, isOnParent, mayBeWithdrawn, mayBeFull }: Circumstances,
  taken: "no" | "maybe" | "yes",
): ReadonlySet<PlainAnswer> {
  const isBlock = share.value <= NETWORK_TARGET;
  const allowed = new Set<PlainAnswer>();
  if (mayBeWithdrawn) allowed.add("stale");
  if (!isOnParent && !isBlock) return allowed.add("stale");
  // A block goes to the nodes whatever its parent; what is said of it as a share is not settled here.
  if (!isOnParent) allowed.add("stale");
  if (share.value > share.job.target) return allowed.add("low");
  if (taken !== "no") allowed.add("duplicate");
  if (!isRight) allowed.add("invalid");
  if (mayBeFull) allowed.add("overloaded");
  if (isRight && taken !== "yes") allowed.add("accepted");
  return allowed;
}
