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
import { isText, type Opening, openingOf } from "./_opening.ts";
import type { WorkTurns } from "./_work_turns.ts";
import { type ByteSocket, writeAll } from "./byte_socket.ts";
import { FIRST_PAYLOAD_LENGTH_MAX } from "./limits.ts";

/** What a listener speaks. */
export type ListenerSecurity =
  | {
    readonly kind: "plain";
    /** Serves lines on the same port; otherwise their first bytes are a broken frame. */
    readonly linesToo?: boolean;
  }
  | {
    readonly kind: "noise";
    readonly issuer: CertificateIssuer;
    /** Serves plain clients on the same port; otherwise they are refused at once. */
    readonly plainToo: boolean;
    /** Serves lines on the same port; otherwise they are refused at once, as all text is. */
    readonly linesToo?: boolean;
  }
  /** Lines and nothing else. */
  | { readonly kind: "lines" };

/** How the first bytes were understood; `early` are those that belong to what follows. */
export type HandshakeOutcome =
  | { readonly kind: "frames"; readonly codec: FrameCodec; readonly early: Uint8Array }
  | { readonly kind: "lines"; readonly early: Uint8Array }
  /** A plain client where Noise is required. */
  | { readonly kind: "plain_refused" }
  /** Text that is not served here, as HTTP is. */
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
  /** Whose turn it is. */
  readonly network: string;
  /** True when nobody waits for the outcome any more. */
  readonly isOver: () => boolean;
}

const EMPTY = new Uint8Array(0);

/**
 * Does what the listener's security asks for before frames or lines flow. Rejects with what the
 * socket rejects with.
 */
export async function shakeHands(
  security: ListenerSecurity,
  modules: ServerHandshakeModules,
): Promise<HandshakeOutcome> {
  if (security.kind === "lines") return { kind: "lines", early: EMPTY };
  if (security.kind === "plain" && security.linesToo !== true) return plainFrames(EMPTY);
  const first = new FirstBytes(modules.socket);
  const opening = await first.opening();
  switch (opening) {
    case undefined:
      if (first.areText) return { kind: "text" };
      return { kind: "closed", spoke: first.bytes.length > 0 };
    case "lines":
      if (security.linesToo !== true) return { kind: "text" };
      return { kind: "lines", early: first.bytes };
    case "text":
      return { kind: "text" };
    case "frames":
      if (security.kind === "noise" && !security.plainToo) return { kind: "plain_refused" };
      return plainFrames(first.bytes);
    case "noise":
      // Where Noise is not served, the reader of frames says what is wrong with them.
      if (security.kind === "plain") return plainFrames(first.bytes);
      if (!await first.fill()) return { kind: "closed", spoke: true };
      return await answer(first.bytes, security.issuer, modules);
  }
}

/** The first bytes of a client, no more of them than act 1 has. */
class FirstBytes {
  readonly #socket: ByteSocket;
  readonly #buffer = new Uint8Array(ACT1_LENGTH);
  #length = 0;

  constructor(socket: ByteSocket) {
    this.#socket = socket;
  }

  /** What has come. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** True when something has come, and all of it is text. */
  get areText(): boolean {
    return this.#length > 0 && isText(this.bytes);
  }

  /**
   * Reads until it is certain what they begin; undefined when they end before. Text that neither
   * goes on nor ends is text all the same when its time is over.
   */
  async opening(): Promise<Opening | undefined> {
    try {
      while (await this.#more()) {
        const opening = openingOf(this.bytes);
        if (opening !== undefined) return opening;
      }
    } catch (error) {
      if (!this.areText) throw error;
    }
    return undefined;
  }

  /** Reads until there are 64; false when they end before. */
  async fill(): Promise<boolean> {
    while (this.#length < ACT1_LENGTH) {
      if (!await this.#more()) return false;
    }
    return true;
  }

  async #more(): Promise<boolean> {
    const count = await this.#socket.read(this.#buffer.subarray(this.#length));
    this.#length += count ?? 0;
    return count !== null;
  }
}

async function answer(
  act1: Uint8Array,
  issuer: CertificateIssuer,
  modules: ServerHandshakeModules,
): Promise<HandshakeOutcome> {
  const answered = await modules.turns.run(
    modules.network,
    () =>
      modules.isOver()
        ? undefined
        : answerHandshake(act1, issuer.current(), generateKeyPair(modules.random)),
  );
  if (answered === undefined) return { kind: "closed", spoke: true };
  await writeAll(modules.socket, answered.act2);
  const codec = new SealedFrameCodec(answered.codec, FIRST_PAYLOAD_LENGTH_MAX);
  return { kind: "frames", codec, early: EMPTY };
}

function plainFrames(early: Uint8Array): HandshakeOutcome {
  return { kind: "frames", codec: new PlainFrameCodec(FIRST_PAYLOAD_LENGTH_MAX), early };
}
