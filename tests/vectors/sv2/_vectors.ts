/**
 * The message vectors in tests/vectors/data/sv2 as the tests read them.
 *
 * @module
 */
import messages from "../data/sv2/sv2_messages.json" with { type: "json" };
import reference from "../data/sv2/reference_pool_messages.json" with { type: "json" };

/** A field's value as JSON holds it: numbers, texts, hexadecimal, lists of these, or absent. */
export type JsonValue = number | string | null | readonly JsonValue[];

/** One message with its bytes. */
export interface MessageVector {
  readonly protocol: string;
  readonly name: string;
  readonly extension_type: number;
  readonly channel_msg: boolean;
  readonly msg_type: string;
  readonly note?: string;
  readonly fields: readonly {
    readonly name: string;
    readonly type: string;
    readonly value: JsonValue;
  }[];
  readonly payload: string;
  readonly frame: string;
}

/** Vectors of the SV2 specification's messages, published ones first. */
export const SV2_VECTORS: readonly MessageVector[] = [
  ...messages.published,
  ...messages.computed,
] as readonly MessageVector[];

/** Headers apart from any message. */
export const HEADER_VECTORS = messages.framing;

/** Vectors of the reference Zcash pool's own dialect. */
export const REFERENCE_VECTORS = reference.messages as readonly MessageVector[];
