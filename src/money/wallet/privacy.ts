/**
 * The privacy policies that `z_sendmany` and `pczt_create` take, as a lattice.
 *
 * @module
 */

/** From the least revealing to the most; not every two can be compared. */
export const PRIVACY_POLICIES = [
  "FullPrivacy",
  "AllowRevealedAmounts",
  "AllowRevealedRecipients",
  "AllowRevealedSenders",
  "AllowFullyTransparent",
  "AllowLinkingAccountAddresses",
  "NoPrivacy",
] as const;

/** One of {@link PRIVACY_POLICIES}. */
export type PrivacyPolicy = typeof PRIVACY_POLICIES[number];

/** What each policy lets be seen. */
const REVEALED: Readonly<Record<PrivacyPolicy, readonly string[]>> = {
  FullPrivacy: [],
  AllowRevealedAmounts: ["amounts"],
  AllowRevealedRecipients: ["amounts", "recipients"],
  AllowRevealedSenders: ["amounts", "senders"],
  AllowFullyTransparent: ["amounts", "recipients", "senders"],
  AllowLinkingAccountAddresses: ["amounts", "senders", "linking"],
  NoPrivacy: ["amounts", "recipients", "senders", "linking"],
};

/** True when a batch that needs `needed` may be sent under the ceiling. */
export function allowedUnder(ceiling: PrivacyPolicy, needed: PrivacyPolicy): boolean {
  return REVEALED[needed].every((what) => REVEALED[ceiling].includes(what));
}
