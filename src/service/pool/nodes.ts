import type { Clock } from "../../base/mod.ts";
import type { Config } from "../config/mod.ts";
import { RpcNodeClient } from "../../chain/node/mod.ts";
import type { RpcCredentials } from "../../platform/rpc/mod.ts";

/** The configured nodes, in order of preference. */
export function makeNodes(config: Config, clock: Clock): RpcNodeClient[] {
  const credentials = rpcCredentials(config.zebra);
  return config.zebra.urls.map((url) => new RpcNodeClient({ url, credentials }, { clock }));
}

/** The credentials for a node or wallet, from its section of the configuration. */
export function rpcCredentials(
  { cookieFile, user, password }: Pick<Config["zebra"], "cookieFile" | "user" | "password">,
): RpcCredentials {
  if (cookieFile !== undefined) return { kind: "cookie", path: cookieFile };
  if (user === undefined || password === undefined) return { kind: "none" };
  return { kind: "password", user, password: password.reveal() };
}
