/**
 * The first bytes of a connection, as the server sees them.
 *
 * @module
 */
import type { Random } from "../../base/mod.ts";
import {
  ACT1_LENGTH,
  answerHandshake,
  type CertificateIssuer,
  generateKeyPair,
} from "../noise/mod.ts";
import { type FrameCodec, PlainFrameCodec, SealedFrameCodec } from "./_frame_codec.ts";
import type { WorkTurns } from "./_work_turns.ts";
import { type ByteSocket, writeAll } from "./byte_socket.ts";
import { FIRST_PAYLOAD_LENGTH_MAX } from "./limits.ts";

/** What a listener speaks. */
export type ListenerSecurity =
  | { readonly kind: "plain" }
  | {
    readonly kind: "noise";
    readonly issuer: CertificateIssuer;
    /** Serves plain clients on the same port; otherwise they are refused at once. */
    readonly plainToo: boolean;
  };

/** How the first bytes were understood. */
export type HandshakeOutcome =
  | { readonly kind: "established"; readonly codec: FrameCodec; readonly early: Uint8Array }
  /** A plain client where Noise is required. */
  | { readonly kind: "plain_refused" }
  /** Text, as Stratum V1 and HTTP are. */
  | { readonly kind: "text" }
  /** The client hung up. */
  | {
    readonly kind: "closed";
    /** Whether it had sent anything: who only connects may be a balancer that checks. */
    readonly spoke: boolean;
  };

/** What the server's handshake works with. */
export interface ServerHandshakeModules {
  readonly socket: ByteSocket;
  readonly random: Random;
  readonly turns: WorkTurns;
  /** True when nobody waits for the outcome any more. */
  readonly isOver: () => boolean;
}

/** A SetupConnection frame starts with extension_type 0x0000 and msg_type 0x00. */
const PLAIN_MARK_LENGTH = 3;

const EMPTY = new Uint8Array(0);

/**
 * Does what the listener's security asks for before frames flow. Rejects with what the socket
 * rejects with.
 */
export async function shakeHands(
  security: ListenerSecurity,
  modules: ServerHandshakeModules,
): Promise<HandshakeOutcome> {
  if (security.kind === "plain") return established(plainCodec(), EMPTY);
  const bytes = new Uint8Array(ACT1_LENGTH);
  let length = 0;
  while (length < ACT1_LENGTH) {
    const count = await modules.socket.read(bytes.subarray(length));
    if (count === null) return { kind: "closed", spoke: length > 0 };
    length += count;
    if (startsPlain(bytes.subarray(0, length))) {
      if (!security.plainToo) return { kind: "plain_refused" };
      return established(plainCodec(), bytes.subarray(0, length));
    }
  }
  // 64 random bytes are all printable once in 10^27 times.
  if (bytes.every(isPrintable)) return { kind: "text" };
  return await answer(bytes, security.issuer, modules);
}

async function answer(
  act1: Uint8Array,
  issuer: CertificateIssuer,
  modules: ServerHandshakeModules,
): Promise<HandshakeOutcome> {
  const answered = await modules.turns.run(() =>
    modules.isOver()
      ? undefined
      : answerHandshake(act1, issuer.current(), generateKeyPair(modules.random))
  );
  if (answered === undefined) return { kind: "closed", spoke: true };
  await writeAll(modules.socket, answered.act2);
  return established(new SealedFrameCodec(answered.codec, FIRST_PAYLOAD_LENGTH_MAX), EMPTY);
}

function plainCodec(): FrameCodec {
  return new PlainFrameCodec(FIRST_PAYLOAD_LENGTH_MAX);
}

function established(codec: FrameCodec, early: Uint8Array): HandshakeOutcome {
  return { kind: "established", codec, early };
}

function startsPlain(bytes: Uint8Array): boolean {
  return bytes.length >= PLAIN_MARK_LENGTH && bytes[0] === 0 && bytes[1] === 0 && bytes[2] === 0;
}

function isPrintable(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
