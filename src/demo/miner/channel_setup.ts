/**
 * From a fresh connection to an open channel: SetupConnection, RequestExtensions and one of the
 * Open messages, each answered before the next is sent.
 *
 * @module
 */
import type { Clock } from "../../base/mod.ts";
import {
  type DecodedMessage,
  decodeMessage,
  EXTENSION_EQUIHASH,
  OpenExtendedMiningChannel,
  OpenStandardMiningChannel,
  Protocol,
  PROTOCOL_VERSION,
  type Reconnect,
  RequestExtensions,
  SetupConnection,
} from "../../wire/protocol/mod.ts";
import type { Endpoint } from "./endpoint.ts";
import type { MinerConnection, MinerOptions } from "./interfaces.ts";
import type { SetupStep } from "./miner_event.ts";
import { refusalText } from "./refusal_text.ts";

/** A pool that leaves a step unanswered for this long is given up. */
export const ANSWER_TIMEOUT_MS = 10_000;

/** Answers repeat the id of their request; each kind of request is made once. */
const REQUEST_ID = 1;

const ANY_TARGET = new Uint8Array(32).fill(0xff);

/** How a session ended. */
export interface SessionEnd {
  readonly reason: string;
  /** Where the pool wants the miner to go (Reconnect). */
  readonly redirect?: Endpoint;
  /** The pool's refusal, when that was the reason. */
  readonly refusal?: { readonly step: SetupStep; readonly code: string };
}

/** A channel as it was opened. Bytes are copies. */
export interface OpenedChannel {
  readonly channelId: number;
  readonly noncePrefix: Uint8Array;
  readonly target: Uint8Array;
}

/** What a setup came to. */
export type SetupOutcome =
  | { readonly kind: "open"; readonly channel: OpenedChannel }
  | { readonly kind: "ended"; readonly end: SessionEnd };

type Message = DecodedMessage<"mining">;

/** The declared messages of a connection, one by one; unknown ones are passed over. */
export async function* messagesOf(connection: MinerConnection): AsyncGenerator<Message> {
  for await (const frames of connection.batches()) {
    for (const frame of frames) {
      const message = decodeMessage("mining", frame);
      if (message !== undefined) yield message;
    }
  }
}

/** Where Reconnect sends a miner that is connected to `endpoint`. */
export function redirectOf(reconnect: Reconnect, endpoint: Endpoint): SessionEnd {
  return {
    reason: "the pool asked to reconnect",
    redirect: {
      hostname: reconnect.newHost === "" ? endpoint.hostname : reconnect.newHost,
      port: reconnect.newPort === 0 ? endpoint.port : reconnect.newPort,
    },
  };
}

/** One connection's setup. */
export class ChannelSetup {
  readonly #connection: MinerConnection;
  readonly #messages: AsyncGenerator<Message>;
  readonly #endpoint: Endpoint;
  readonly #options: MinerOptions;
  readonly #clock: Clock;

  constructor(
    options: MinerOptions,
    modules: {
      readonly connection: MinerConnection;
      /** What the connection receives; it is left open behind the last answer. */
      readonly messages: AsyncGenerator<Message>;
      readonly endpoint: Endpoint;
      readonly clock: Clock;
    },
  ) {
    this.#options = options;
    this.#connection = modules.connection;
    this.#messages = modules.messages;
    this.#endpoint = modules.endpoint;
    this.#clock = modules.clock;
  }

  /**
   * @throws {ProtocolError} when the pool sends what cannot be read.
   */
  async run(): Promise<SetupOutcome> {
    const setup = await this.#ask("setup", this.#setupFrame(), ["SetupConnection.Success"]);
    if ("end" in setup) return { kind: "ended", end: setup.end };
    const extensions = await this.#ask("extensions", extensionsFrame(), [
      "RequestExtensions.Success",
    ]);
    if ("end" in extensions) return { kind: "ended", end: extensions.end };
    if (!extensions.answer.value.supportedExtensions.includes(EXTENSION_EQUIHASH)) {
      return { kind: "ended", end: refusal("extensions", "extension-not-supported") };
    }
    const opened = await this.#ask("channel", this.#openFrame(), [
      "OpenStandardMiningChannel.Success",
      "OpenExtendedMiningChannel.Success",
    ]);
    if ("end" in opened) return { kind: "ended", end: opened.end };
    const { channelId, extranoncePrefix, target } = opened.answer.value;
    const channel = { channelId, noncePrefix: extranoncePrefix.slice(), target: target.slice() };
    return { kind: "open", channel };
  }

  /** Sends one request and waits for its answer, within the time that is allowed. */
  async #ask<N extends Message["name"]>(
    step: SetupStep,
    request: Uint8Array,
    wanted: readonly N[],
  ): Promise<{ answer: Extract<Message, { name: N }> } | { end: SessionEnd }> {
    let timedOut = false;
    const cancel = this.#clock.after(ANSWER_TIMEOUT_MS, () => {
      timedOut = true;
      this.#connection.close(`no answer to the step ${step}`);
    });
    try {
      this.#connection.send(request);
      for (;;) {
        const next = await this.#messages.next();
        if (next.done) {
          const reason = timedOut
            ? `no answer to the step ${step} within ${ANSWER_TIMEOUT_MS} ms`
            : `the pool closed the connection during the step ${step}${this.#noiseHint(step)}`;
          return { end: { reason } };
        }
        const message = next.value;
        if (wanted.some((name) => name === message.name)) {
          return { answer: message as Extract<Message, { name: N }> };
        }
        const end = this.#endOf(step, message);
        if (end !== undefined) return { end };
      }
    } finally {
      cancel();
    }
  }

  /** A pool that requires Noise hangs up on whoever begins without it, and cannot say why. */
  #noiseHint(step: SetupStep): string {
    return step === "setup" && !this.#connection.encrypted
      ? "; it may require encryption (Noise)"
      : "";
  }

  /** What ends the setup; anything else that comes before the answer is passed over. */
  #endOf(step: SetupStep, message: Message): SessionEnd | undefined {
    switch (message.name) {
      case "Reconnect":
        return redirectOf(message.value, this.#endpoint);
      case "SetupConnection.Error":
      case "OpenMiningChannel.Error":
        return refusal(step, message.value.errorCode);
      case "RequestExtensions.Error":
        return refusal(step, "extension-not-supported");
      default:
        return undefined;
    }
  }

  #setupFrame(): Uint8Array {
    return SetupConnection.encode({
      protocol: Protocol.mining,
      minVersion: PROTOCOL_VERSION,
      maxVersion: PROTOCOL_VERSION,
      flags: 0,
      endpointHost: this.#endpoint.hostname,
      endpointPort: this.#endpoint.port,
      vendor: "zcash-pool",
      hardwareVersion: "CPU",
      firmware: this.#options.firmware ?? "test miner",
      deviceId: "",
    });
  }

  #openFrame(): Uint8Array {
    const request = {
      requestId: REQUEST_ID,
      userIdentity: this.#options.userIdentity,
      nominalHashRate: this.#options.nominalHashRate,
      maxTarget: this.#options.maxTarget ?? ANY_TARGET,
    };
    return this.#options.channel === "standard"
      ? OpenStandardMiningChannel.encode(request)
      : OpenExtendedMiningChannel.encode({ ...request, minExtranonceSize: 0 });
  }
}

function extensionsFrame(): Uint8Array {
  return RequestExtensions.encode({
    requestId: REQUEST_ID,
    requestedExtensions: [EXTENSION_EQUIHASH],
  });
}

function refusal(step: SetupStep, code: string): SessionEnd {
  return { reason: refusalText(step, code), refusal: { step, code } };
}
