/**
 * The memo by which a payment is known again: plain ASCII, because one memo that is not valid text
 * can spoil a wallet's whole list.
 *
 * @module
 */
import { bytesToHex } from "../../base/mod.ts";

/** A memo has 512 bytes (Zcash protocol §5.5); the marker stays far below. */
const PREFIX = "zcash-pool payout ";

/** The text in the memo of one payout. */
export function payoutMarker(payoutId: string): string {
  return `${PREFIX}${payoutId}`;
}

/** The form that wallets take: hexadecimal. */
export function memoHex(text: string): string {
  return bytesToHex(new TextEncoder().encode(text));
}

/**
 * The text of a memo as a wallet reports it: as text, or as hexadecimal digits, with or without the
 * zeros that fill it to 512 bytes.
 */
export function memoText(memo: string): string {
  if (!/^(?:[0-9a-fA-F]{2})+$/.test(memo)) return trimZeros(memo);
  const bytes = Uint8Array.from(memo.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  return trimZeros(new TextDecoder("latin1").decode(bytes));
}

function trimZeros(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--;
  return text.slice(0, end);
}
