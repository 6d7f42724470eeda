import { ProtocolError } from "../../base/mod.ts";
import { UNITS_PER_TURN_MAX } from "./limits.ts";

/** What is handed out in one turn of the event loop. */
export interface Turn<Unit> {
  readonly units: Unit[];
  /** Set when the stream is broken behind these units. */
  readonly fault: ProtocolError | undefined;
  /** There may be more of the same piece of the stream. */
  readonly isFull: boolean;
}

/**
 * Divides the units of one piece of the stream among turns of the event loop, each as it is asked
 * for: what is not decoded yet costs the turn nothing either. At least one turn is yielded.
 */
export function* turnsOf<Unit>(stream: Iterable<Unit>): Generator<Turn<Unit>, void> {
  let units: Unit[] = [];
  let fault: ProtocolError | undefined;
  try {
    for (const unit of stream) {
      units.push(unit);
      if (units.length < UNITS_PER_TURN_MAX) continue;
      yield { units, fault, isFull: true };
      units = [];
    }
  } catch (error) {
    fault = faultOf(error);
  }
  yield { units, fault, isFull: false };
}

/** The peer's fault is an answer; anything else is ours and goes up. */
function faultOf(error: unknown): ProtocolError {
  if (error instanceof ProtocolError) return error;
  throw error;
}
