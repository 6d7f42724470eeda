import { type Clock, systemClock } from "../../base/mod.ts";
import { RpcClient, type RpcCredentials } from "../../platform/rpc/mod.ts";

/** Zallet's list of a hundred transactions of 45 recipients has some 3 MB. */
const ANSWER_LENGTH_MAX = 16 * 1024 * 1024;
/** Zallet refuses requests above 10 MiB; the largest here is a signed transaction. */
const REQUEST_LENGTH_MAX = 10 * 1024 * 1024;

/**
 * The calls to a Zallet. One that closes its connection without an answer may have paid, so silence
 * is never taken for refused credentials, which would have the call made again.
 *
 * @throws {TypeError} when the URL is none or not http or https.
 */
export function zalletClient(
  { url, credentials }: { readonly url: string; readonly credentials: RpcCredentials },
  modules: { readonly clock: Clock } = { clock: systemClock },
): RpcClient {
  return new RpcClient({
    peer: "wallet",
    url,
    credentials,
    requestLengthMax: REQUEST_LENGTH_MAX,
    answerLengthMax: ANSWER_LENGTH_MAX,
    silenceIsRefusal: false,
  }, modules);
}
