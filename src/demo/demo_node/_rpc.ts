/**
 * The calls that the node answers, behind HTTP.
 *
 * @module
 */
import type { CookieJar } from "./_cookie.ts";
import type { Faults } from "./_faults.ts";
import type { HttpHandler } from "./_http_connection.ts";
import { answerBody } from "./_json_rpc.ts";
import { ConnectionDrop, RpcError } from "./_rpc_error.ts";

/** Carries out one call; the signal fires when the caller has gone. */
export type RpcMethod = (params: unknown[], signal: AbortSignal) => unknown;

/** Calls by their names. */
export type RpcMethods = Readonly<Record<string, RpcMethod>>;

/**
 * The handler for the node's HTTP port. Without the right credentials the connection is
 * closed unanswered, as the real node does.
 */
export function rpcHandler(
  methods: RpcMethods,
  modules: { cookies: CookieJar; faults: Faults },
): HttpHandler {
  const table = new Map(Object.entries(methods));
  return async (request, signal) => {
    if (!modules.cookies.allows(request.headers.get("authorization"))) return undefined;
    if (request.method !== "POST") return { status: 405, body: "Used HTTP Method is not allowed" };
    try {
      const body = new TextDecoder().decode(request.body);
      return await answerBody(body, async (name, params) => {
        await modules.faults.suffer(name, signal);
        const method = table.get(name);
        if (method === undefined) throw new RpcError(-32601, "Method not found");
        return await method(params, signal);
      });
    } catch (error) {
      if (error instanceof ConnectionDrop) return undefined;
      throw error;
    }
  };
}
