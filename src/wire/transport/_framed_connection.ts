import { assert, type Conduct, type ProtocolError } from "../../base/mod.ts";
import type { Frame } from "../protocol/mod.ts";
import type { FrameCodec } from "./_frame_codec.ts";
import type { Framer } from "./_framer.ts";
import { LineFramer } from "./_line_framer.ts";
import { turnsOf } from "./_turns.ts";
import {
  ByteConnection,
  type ByteConnectionModules,
  type ByteConnectionOptions,
} from "./byte_connection.ts";
import type { Connection } from "./connection.ts";
import type { FrameConnection } from "./frame_connection.ts";
import type { Intake, IntakePlace } from "./intake.ts";
import type { LineConnection } from "./line_connection.ts";

/** What a framed connection works with. */
export interface FramedConnectionModules<F> {
  /** Owned from here on; writes through the framer's `encode`. */
  readonly bytes: ByteConnection;
  readonly framer: F;
  /** Shared with everybody who is to have a turn; a client, which has chosen its peer, has none. */
  readonly intake?: Intake;
  /** Hears of broken streams. */
  readonly conduct?: Conduct;
}

/** Units of one kind on a stream of bytes. */
export class FramedConnection<Unit, F extends Framer<Unit> = Framer<Unit>>
  implements Connection<Unit> {
  readonly #modules: FramedConnectionModules<F>;
  readonly #bytes: ByteConnection;
  readonly #place: IntakePlace | undefined;
  #iterated = false;

  constructor(modules: FramedConnectionModules<F>) {
    this.#modules = modules;
    this.#bytes = modules.bytes;
    const place = modules.intake?.enter(modules.bytes.network);
    this.#place = place;
    if (place !== undefined) void modules.bytes.closed.then(() => place.leave());
  }

  get id(): number {
    return this.#bytes.id;
  }

  get remoteAddress(): string {
    return this.#bytes.remoteAddress;
  }

  get network(): string {
    return this.#bytes.network;
  }

  get closed(): Promise<string> {
    return this.#bytes.closed;
  }

  get lastReceivedAt(): number {
    return this.#bytes.lastReceivedAt;
  }

  /** How the units stand on the stream. */
  protected get framer(): F {
    return this.#modules.framer;
  }

  send(units: Uint8Array): boolean {
    return this.#bytes.send(units);
  }

  excuseSilence(): void {
    this.#bytes.excuseSilence();
  }

  close(reason: string): void {
    this.#bytes.close(reason);
  }

  async *batches(): AsyncGenerator<Unit[], void> {
    assert(!this.#iterated, "the batches of a connection are iterated once");
    this.#iterated = true;
    try {
      for (;;) {
        const chunk = await this.#bytes.read();
        if (chunk === undefined) return;
        yield* this.#handOut(chunk);
      }
    } finally {
      this.#bytes.close("nobody reads any more");
    }
  }

  /** Hands out the units of what was read, as many a turn as fairness to others allows. */
  async *#handOut(chunk: Uint8Array): AsyncGenerator<Unit[], void> {
    const { framer } = this.#modules;
    const turns = turnsOf(framer.decode(chunk));
    for (;;) {
      // Before they are decoded, which costs too.
      const turn = this.#place?.turn();
      if (turn !== undefined) await turn;
      if (this.#bytes.isClosing) return;
      const { done, value } = turns.next();
      if (done === true) return;
      const { units, fault } = value;
      this.#place?.took(units.length);
      if (units.length > 0) yield units;
      if (this.#bytes.isClosing) return;
      if (fault !== undefined) throw this.#broken(fault);
      if (!value.isFull) return;
    }
  }

  #broken(fault: ProtocolError): ProtocolError {
    const { code } = fault;
    const { remoteAddress: address } = this;
    this.#modules.conduct?.fault({ kind: "frame", address, connection: this, code });
    this.#bytes.close(fault.message, "protocol_error");
    return fault;
  }
}

/** SV2 frames on a stream of bytes. */
export class SocketFrameConnection extends FramedConnection<Frame, FrameCodec>
  implements FrameConnection {
  get encrypted(): boolean {
    return this.framer.encrypted;
  }

  limitPayload(maxPayloadLength: number): void {
    this.framer.limitPayload(maxPayloadLength);
  }
}

/** What a connection on a socket works with. */
export type OnSocketModules = Omit<ByteConnectionModules, "encode"> & {
  /** See {@link FramedConnectionModules.intake}. */
  readonly intake?: Intake;
};

/** SV2 frames, as they are or sealed, on a socket whose handshake, if any, is done. */
export function framesOn(
  options: ByteConnectionOptions,
  { codec, ...modules }: OnSocketModules & { readonly codec: FrameCodec },
): SocketFrameConnection {
  return new SocketFrameConnection(onSocket(options, modules, codec));
}

/** Lines on a socket. */
export function linesOn(options: ByteConnectionOptions, modules: OnSocketModules): LineConnection {
  return new FramedConnection(onSocket(options, modules, new LineFramer()));
}

function onSocket<F extends Framer<unknown>>(
  options: ByteConnectionOptions,
  modules: OnSocketModules,
  framer: F,
): FramedConnectionModules<F> {
  const { conduct, intake } = modules;
  const encode = (plain: Uint8Array): Uint8Array => framer.encode(plain);
  return {
    bytes: new ByteConnection(options, { ...modules, encode }),
    framer,
    ...(intake === undefined ? {} : { intake }),
    ...(conduct === undefined ? {} : { conduct }),
  };
}
