import { type Clock, within } from "../../base/mod.ts";
import { redisClient } from "./_client.ts";

const TRY_LIMIT_MS = 5_000;

/**
 * Does once what a pool does at each share, with a set that is gone a second later.
 *
 * @returns the host and port. Rejects with what the server or the connection says.
 */
export async function tryRedis(url: string, { clock }: { readonly clock: Clock }): Promise<string> {
  const client = redisClient(url, {
    reconnects: false,
    // What is tried then rejects with it.
    onError: () => {},
  });
  const attempt = async (): Promise<true> => {
    await client.connect();
    await client.multi().sAdd("zcash-pool:check", "check").pExpire("zcash-pool:check", 1_000)
      .exec();
    return true;
  };
  try {
    const done = await within(clock, TRY_LIMIT_MS, attempt());
    if (done === undefined) throw new Error(`no answer within ${TRY_LIMIT_MS} ms`);
  } finally {
    if (client.isOpen) client.destroy();
  }
  const { hostname, port } = new URL(url);
  return `${hostname}:${port === "" ? 6379 : port}`;
}
