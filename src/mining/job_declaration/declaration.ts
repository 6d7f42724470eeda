import { displayHash, equalBytes } from "../../base/mod.ts";
import type { JobTemplate } from "../../chain/jobs/mod.ts";
import { DeclarationErrorCode, type SetCustomMiningJob } from "../../wire/protocol/mod.ts";
import { type CoinbaseRules, readDeclaredCoinbase } from "./declared_coinbase.ts";
import { isSameBlock, type Offer, type Offers } from "./offers.ts";
import { DeclarationRefusal } from "./refusal.ts";

/** A block that was declared and holds what the pool asks for. */
export interface DeclaredBlock {
  readonly template: JobTemplate;
  /** What it builds on. */
  readonly offer: Offer;
}

/**
 * Judges a coinbase-only declaration by all that can be told without the node.
 *
 * @throws {DeclarationRefusal} that says what was expected.
 */
export function judgeDeclaration(
  declared: SetCustomMiningJob,
  offers: Offers,
  rules: CoinbaseRules,
): DeclaredBlock {
  const offer = findOffer(declared, offers);
  const { template } = offer;
  checkHeaderFields(declared, template);
  const made = template.withCoinbase(readDeclaredCoinbase(declared.coinbaseTx, offer, rules));
  checkRoot("merkle root", made.merkleRoot, declared.merkleRoot);
  checkRoot("block commitments", made.blockCommitments, declared.blockCommitments);
  checkNotPools(made, template);
  return { template: made, offer };
}

/**
 * Holds version, bits and time against the template.
 *
 * @throws {DeclarationRefusal}
 */
export function checkHeaderFields(
  { version, bits, time }: Pick<SetCustomMiningJob, "version" | "bits" | "time">,
  template: JobTemplate,
): void {
  if (version !== template.version) {
    throw new DeclarationRefusal(
      DeclarationErrorCode.version,
      `version ${template.version} is expected, not ${version}`,
    );
  }
  if (bits !== template.bits) {
    throw new DeclarationRefusal(
      DeclarationErrorCode.bits,
      `bits ${hex(template.bits)} are expected, not ${hex(bits)}`,
    );
  }
  if (time >= template.minTime && time <= template.maxTime) return;
  throw new DeclarationRefusal(
    DeclarationErrorCode.other,
    `a time from ${template.minTime} to ${template.maxTime} is expected, not ${time}`,
  );
}

/** Refuses the pool's own header, whose shares have other targets. @throws {DeclarationRefusal} */
export function checkNotPools(made: JobTemplate, pools: JobTemplate): void {
  if (!isSameBlock(made, pools)) return;
  throw new DeclarationRefusal(
    DeclarationErrorCode.declaredAlready,
    "this header is the pool's own work, with targets of its own: change the scriptSig behind " +
      "the height, or mine it on the mining port",
  );
}

/**
 * The offer that a declaration builds on.
 *
 * @throws {DeclarationRefusal} `stalePrevHash` when its parent is not the tip, or it is forgotten.
 */
export function findOffer(
  { prevHash, templateId }: Pick<SetCustomMiningJob, "prevHash" | "templateId">,
  offers: Offers,
): Offer {
  const newest = offers.newest();
  const parent = newest.template.previousBlockHash;
  if (!equalBytes(prevHash, parent)) {
    throw new DeclarationRefusal(
      DeclarationErrorCode.stalePrevHash,
      `the tip ${displayHash(parent)} is expected as the parent, not ${displayHash(prevHash)}`,
    );
  }
  const offer = templateId === undefined ? newest : offers.find(templateId);
  if (offer !== undefined) return offer;
  throw new DeclarationRefusal(
    DeclarationErrorCode.stalePrevHash,
    `a template_id of this parent is expected, the newest is ${newest.id}, not ${templateId}`,
  );
}

/** @throws {DeclarationRefusal} `merkleRoot` when a root is not that of the declared block. */
export function checkRoot(what: string, computed: Uint8Array, declared: Uint8Array): void {
  if (equalBytes(computed, declared)) return;
  throw new DeclarationRefusal(
    DeclarationErrorCode.merkleRoot,
    `${what} ${displayHash(computed)} expected of this coinbase and the block's ` +
      `transactions, not ${displayHash(declared)}`,
  );
}

function hex(bits: number): string {
  return bits.toString(16).padStart(8, "0");
}
