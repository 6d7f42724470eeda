import type { AddressChange } from "./account_store.ts";

/**
 * A changed address counts after this time: the owner of the account sees the change and can take it
 * back before anything is paid to a stranger.
 */
export const ADDRESS_DELAY_MS = 24 * 3_600_000;

/** Where an account is paid at a moment. */
export interface AccountAddress {
  readonly address: string;
  /** A change that was asked for and does not count yet. */
  readonly pending?: { readonly address: string; readonly effectiveMs: number };
}

/**
 * Where an account is paid at a moment. A change counts from its time on, unless another one was
 * asked for before that: then it never does.
 *
 * @param changes oldest first; the first one counts at once.
 * @returns undefined for an account that has no address at all.
 */
export function addressAt(
  changes: readonly AddressChange[],
  atMs: number,
): AccountAddress | undefined {
  const asked = changes.filter(({ requestedMs }) => requestedMs <= atMs);
  const valid = asked.filter((change, index) => {
    const next = asked[index + 1];
    return index === 0 || next === undefined || next.requestedMs >= change.effectiveMs;
  });
  const current = valid.findLast(({ effectiveMs }) => effectiveMs <= atMs);
  const last = valid.at(-1);
  if (current === undefined || last === undefined) return undefined;
  return last === current ? { address: current.address } : {
    address: current.address,
    pending: { address: last.address, effectiveMs: last.effectiveMs },
  };
}

/** A request to be paid at another address. */
export interface AddressRequest {
  /** Canonical. */
  readonly address: string;
  readonly actor: string;
  readonly reason: string;
}

/**
 * The change that a request makes. One that asks for the address which counts already takes a waiting
 * change back, at once; every other one waits.
 *
 * @returns undefined when it asks for what is so, or will be so, anyway.
 */
export function nextChange(
  former: readonly AddressChange[],
  request: AddressRequest,
  nowMs: number,
): AddressChange | undefined {
  const present = addressAt(former, nowMs);
  if (present?.pending === undefined && present?.address === request.address) return undefined;
  if (present?.pending?.address === request.address) return undefined;
  const delayMs = present === undefined || present.address === request.address
    ? 0
    : ADDRESS_DELAY_MS;
  return { ...request, requestedMs: nowMs, effectiveMs: nowMs + delayMs };
}
