import type { Address } from "../../chain/zcash/mod.ts";
import type { PrivacyPolicy } from "./privacy.ts";

/**
 * Payees that go into one batch: paid within the pool's own shielded pool, in the other one, in
 * the open, or by two transactions (TEX, ZIP 320).
 */
export const RECIPIENT_KINDS = ["shielded", "sapling", "transparent", "tex"] as const;

/** One of {@link RECIPIENT_KINDS}. */
export type RecipientKind = typeof RECIPIENT_KINDS[number];

/**
 * What a payee is. A unified address is paid in the most private of its receivers, as senders must
 * (ZIP 316).
 */
export function recipientKind(address: Address): RecipientKind {
  switch (address.kind) {
    case "p2pkh":
    case "p2sh":
      return "transparent";
    case "tex":
      return "tex";
    case "sapling":
      return "sapling";
    case "unified":
      if (address.receivers?.orchard !== undefined) return "shielded";
      return address.receivers?.sapling === undefined ? "transparent" : "sapling";
  }
}

/** How a kind is called in front of an operator. */
export const KIND_NAMES: Readonly<Record<RecipientKind, string>> = {
  shielded: "unified addresses",
  sapling: "Sapling addresses",
  transparent: "transparent addresses",
  tex: "TEX addresses",
};

/**
 * The least revealing policy that a batch of one kind needs.
 *
 * @param samePool whether the shielded funds lie in the pool that the payees receive in.
 */
export function policyFor(kind: RecipientKind, samePool: boolean): PrivacyPolicy {
  if (kind === "transparent" || kind === "tex") return "AllowRevealedRecipients";
  return samePool ? "FullPrivacy" : "AllowRevealedAmounts";
}

/** True where a memo can go along. */
export function takesMemo(kind: RecipientKind): boolean {
  return kind === "shielded" || kind === "sapling";
}
