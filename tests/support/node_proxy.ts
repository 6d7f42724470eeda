/**
 * Stands between a pool and a real node, so that a test can change what one says to the other, or
 * keep it from being said.
 *
 * @module
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { concatBytes } from "../../src/base/mod.ts";

/** One call as it passes. */
export interface ProxiedCall {
  readonly method: string;
  readonly params: readonly unknown[];
}

/** What a test does to calls; what it leaves out passes as it is. */
export interface Tampering {
  /** Other parameters for the node. */
  readonly params?: (call: ProxiedCall) => readonly unknown[];
  /** Another result for the pool. */
  readonly result?: (call: ProxiedCall, result: unknown) => unknown;
  /** True for a call that is never answered, nor handed on. */
  readonly withhold?: (call: ProxiedCall) => boolean;
}

export class NodeProxy implements AsyncDisposable {
  /** Holds for calls that come from now on, and for answers that go out from now on. */
  tampering: Tampering = {};
  readonly #server: Server;
  readonly #nodeUrl: string;

  private constructor(nodeUrl: string) {
    this.#nodeUrl = nodeUrl;
    this.#server = createServer((request, response) => void this.#pass(request, response));
  }

  /** @param nodeUrl the node; the pool's own credentials are handed on. */
  static async start(nodeUrl: string): Promise<NodeProxy> {
    const proxy = new NodeProxy(nodeUrl);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy is closed");
    return `http://127.0.0.1:${address.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const given = new AbortController();
    response.on("close", () => given.abort());
    try {
      const answer = await this.#ask(request, given.signal);
      if (answer === undefined) return;
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(answer));
    } catch {
      // The pool has given the call up, or the node has ended the connection: so does the proxy.
      response.destroy();
    }
  }

  /** The node's answer as the pool is to see it; undefined for a call that is withheld. */
  async #ask(request: IncomingMessage, signal: AbortSignal): Promise<unknown> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    const sent = JSON.parse(new TextDecoder().decode(concatBytes(...chunks))) as {
      id: number;
      method: string;
      params: unknown[];
    };
    const call = { method: sent.method, params: sent.params };
    if (this.tampering.withhold?.(call)) return undefined;
    const params = this.tampering.params?.(call) ?? call.params;
    const { authorization } = request.headers;
    const answer = await fetch(this.#nodeUrl, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(authorization === undefined ? {} : { authorization }),
      },
      body: JSON.stringify({ ...sent, params }),
      signal,
    }).then((response) => response.json()) as { result?: unknown };
    const change = this.tampering.result;
    if (change === undefined || answer.result === undefined) return answer;
    return { ...answer, result: change(call, answer.result) };
  }
}
