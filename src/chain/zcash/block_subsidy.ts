import { JsonFields } from "./_json_fields.ts";
import { parseAddress } from "./address.ts";
import { AddressError } from "./address_error.ts";
import type { TransparentOutput } from "./transparent.ts";

/** What a block's new money is for, fees apart. */
export interface BlockSubsidy {
  /** The miner's part. */
  readonly minerZat: bigint;
  /** Outputs that the coinbase must have, one for each funding stream with transparent address. */
  readonly streams: readonly TransparentOutput[];
}

/** All that was ever paid at once is four; a node that says more is not believed. */
const STREAMS_MAX = 64;

/** Longer than any address; what is one is told by the address itself. */
const ADDRESS_LENGTH_MAX = 1000;

const ZEC_MAX = 21_000_000;
const ZAT_MAX = 2_100_000_000_000_000;

/**
 * Reads an answer of getblocksubsidy. One-time lockbox disbursements are not in it.
 *
 * @param json the `result` of the answer, for the height of the block to be made.
 * @throws {TemplateError} `malformed`, with the path of the field.
 */
export function parseBlockSubsidy(json: unknown): BlockSubsidy {
  const fields = new JsonFields("subsidy", json);
  const streams = fields.has("fundingstreams") ? fields.objects("fundingstreams", STREAMS_MAX) : [];
  return {
    minerZat: zatoshis(fields.number("miner", 0, ZEC_MAX)),
    streams: streams.flatMap((stream) => {
      const valueZat = BigInt(stream.integer("valueZat", 0, ZAT_MAX));
      const { scriptPubKey } = readAddress(stream);
      return scriptPubKey === undefined ? [] : [{ valueZat, script: scriptPubKey }];
    }),
  };
}

/** The node writes this one amount in ZEC; a double holds 21 million with 8 decimals exactly. */
function zatoshis(zec: number): bigint {
  return BigInt(zec.toFixed(8).replace(".", ""));
}

function readAddress(stream: JsonFields): { readonly scriptPubKey?: Uint8Array } {
  const text = stream.text("address", ADDRESS_LENGTH_MAX);
  try {
    return parseAddress(text);
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    throw stream.fault("address", "an address", text);
  }
}
