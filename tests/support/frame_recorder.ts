import { type Frame, FrameDecoder } from "../../src/wire/protocol/mod.ts";
import type { FrameConnection } from "../../src/wire/transport/mod.ts";
import { type RecordedFrame } from "./frame_dump.ts";

/**
 * The client's end of a connection, and every frame that goes over it in either direction, in the
 * order in which the client sends and reads them.
 */
export function recordFrames(
  connection: FrameConnection,
): { readonly connection: FrameConnection; readonly frames: readonly RecordedFrame[] } {
  const frames: RecordedFrame[] = [];
  const sent = new FrameDecoder({ maxPayloadLength: 0xff_ffff });
  async function* batches(): AsyncGenerator<Frame[]> {
    for await (const batch of connection.batches()) {
      for (const frame of batch) frames.push({ direction: "server", frame: copyOf(frame) });
      yield batch;
    }
  }
  return {
    frames,
    connection: {
      id: connection.id,
      remoteAddress: connection.remoteAddress,
      network: connection.network,
      encrypted: connection.encrypted,
      closed: connection.closed,
      get lastReceivedAt() {
        return connection.lastReceivedAt;
      },
      batches,
      send(bytes) {
        for (const frame of sent.push(bytes)) {
          frames.push({ direction: "client", frame: copyOf(frame) });
        }
        return connection.send(bytes);
      },
      excuseSilence: () => connection.excuseSilence(),
      close: (reason) => connection.close(reason),
      limitPayload: (length) => connection.limitPayload(length),
    },
  };
}

function copyOf(frame: Frame): Frame {
  return { ...frame, payload: frame.payload.slice() };
}
