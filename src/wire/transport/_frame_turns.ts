import { ProtocolError } from "../../base/mod.ts";
import type { Frame } from "../protocol/mod.ts";
import { FRAMES_PER_TURN_MAX } from "./limits.ts";

/** What is handed out in one turn of the event loop. */
export interface FrameTurn {
  readonly frames: Frame[];
  /** Set when the stream is broken behind these frames. */
  readonly fault: ProtocolError | undefined;
  /** There may be more of the same piece of the stream. */
  readonly isFull: boolean;
}

/**
 * Divides the frames of one piece of the stream among turns of the event loop, each as it is asked
 * for: what is not decoded yet costs the turn nothing either. At least one turn is yielded.
 */
export function* turnsOf(stream: Iterable<Frame>): Generator<FrameTurn, void> {
  let frames: Frame[] = [];
  let fault: ProtocolError | undefined;
  try {
    for (const frame of stream) {
      frames.push(frame);
      if (frames.length < FRAMES_PER_TURN_MAX) continue;
      yield { frames, fault, isFull: true };
      frames = [];
    }
  } catch (error) {
    fault = faultOf(error);
  }
  yield { frames, fault, isFull: false };
}

/** The peer's fault is an answer; anything else is ours and goes up. */
function faultOf(error: unknown): ProtocolError {
  if (error instanceof ProtocolError) return error;
  throw error;
}
