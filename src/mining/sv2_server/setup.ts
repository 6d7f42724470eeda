import {
  ErrorCode,
  EXTENSION_EQUIHASH,
  MiningSetupFlags,
  MiningSuccessFlags,
  Protocol,
  PROTOCOL_VERSION,
  type RequestExtensions,
  RequestExtensionsError,
  RequestExtensionsSuccess,
  type SetupConnection,
  SetupConnectionError,
  SetupConnectionSuccess,
} from "../../wire/protocol/mod.ts";

/** An answer to SetupConnection; the connection ends after an error. */
export type SetupAnswer =
  | { readonly accepted: true; readonly frame: Uint8Array }
  | { readonly accepted: false; readonly frame: Uint8Array; readonly errorCode: ErrorCode };

/** Answers SetupConnection on a mining listener. */
export function answerSetup(setup: SetupConnection): SetupAnswer {
  if (setup.protocol !== Protocol.mining) return setupError(ErrorCode.unsupportedProtocol, 0);
  if (setup.minVersion > PROTOCOL_VERSION || setup.maxVersion < PROTOCOL_VERSION) {
    return setupError(ErrorCode.protocolVersionMismatch, 0);
  }
  if ((setup.flags & ~MiningSetupFlags.requiresStandardJobs) !== 0) {
    // All flags that this server does not support, not only those asked for: clients probe.
    return setupError(
      ErrorCode.unsupportedFeatureFlags,
      ~MiningSetupFlags.requiresStandardJobs >>> 0,
    );
  }
  return {
    accepted: true,
    frame: SetupConnectionSuccess.encode({
      usedVersion: PROTOCOL_VERSION,
      // The version of a Zcash header carries no search space.
      flags: MiningSuccessFlags.requiresFixedVersion,
    }),
  };
}

function setupError(errorCode: ErrorCode, flags: number): SetupAnswer {
  return {
    accepted: false,
    frame: SetupConnectionError.encode({ flags, errorCode }),
    errorCode,
  };
}

/** Answers RequestExtensions; without the Equihash extension no channel can be opened. */
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
