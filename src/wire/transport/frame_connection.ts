import type { Frame } from "../protocol/mod.ts";
import type { Connection } from "./connection.ts";

/** SV2 frames in both directions; whether they are encrypted makes no difference to its user. */
export interface FrameConnection extends Connection<Frame> {
  /** True when frames are sealed with Noise. */
  readonly encrypted: boolean;

  /** The largest payload that is accepted from here on; a frame that has begun is not affected. */
  limitPayload(maxPayloadLength: number): void;
}
