/**
 * What a server of any subprotocol answers before the conversation proper.
 *
 * @module
 */
import { EXTENSION_EQUIHASH, PROTOCOL_VERSION } from "../constants.ts";
import { ErrorCode } from "../error_codes.ts";
import {
  type RequestExtensions,
  RequestExtensionsError,
  RequestExtensionsSuccess,
} from "../extensions/negotiation.ts";
import {
  type SetupConnection,
  SetupConnectionError,
  SetupConnectionSuccess,
} from "./setup_connection.ts";

/** What a listener serves. */
export interface SetupOffer {
  /** One of `Protocol`. */
  readonly protocol: number;
  /** The flags that a client may set. */
  readonly supportedFlags: number;
  /** The flags of the success. */
  readonly flags: number;
}

/** An answer to SetupConnection; the connection ends after an error. */
export type SetupAnswer =
  | { readonly accepted: true; readonly frame: Uint8Array }
  | { readonly accepted: false; readonly frame: Uint8Array; readonly errorCode: ErrorCode };

/** Answers SetupConnection. */
export function answerSetup(setup: SetupConnection, offer: SetupOffer): SetupAnswer {
  if (setup.protocol !== offer.protocol) return setupError(ErrorCode.unsupportedProtocol, 0);
  if (setup.minVersion > PROTOCOL_VERSION || setup.maxVersion < PROTOCOL_VERSION) {
    return setupError(ErrorCode.protocolVersionMismatch, 0);
  }
  if ((setup.flags & ~offer.supportedFlags) !== 0) {
    // All flags that this server does not support, not only those asked for: clients probe.
    return setupError(ErrorCode.unsupportedFeatureFlags, ~offer.supportedFlags >>> 0);
  }
  const { flags } = offer;
  const frame = SetupConnectionSuccess.encode({ usedVersion: PROTOCOL_VERSION, flags });
  return { accepted: true, frame };
}

function setupError(errorCode: ErrorCode, flags: number): SetupAnswer {
  return {
    accepted: false,
    frame: SetupConnectionError.encode({ flags, errorCode }),
    errorCode,
  };
}

/** Answers RequestExtensions; without the Equihash extension nothing can be mined. */
export function answerExtensions(
  request: RequestExtensions,
): { readonly frame: Uint8Array; readonly equihash: boolean } {
  const { requestId, requestedExtensions } = request;
  if (requestedExtensions.includes(EXTENSION_EQUIHASH)) {
    const frame = RequestExtensionsSuccess.encode({
      requestId,
      supportedExtensions: [EXTENSION_EQUIHASH],
    });
    return { frame, equihash: true };
  }
  const frame = RequestExtensionsError.encode({
    requestId,
    unsupportedExtensions: requestedExtensions,
    requiredExtensions: [EXTENSION_EQUIHASH],
  });
  return { frame, equihash: false };
}
