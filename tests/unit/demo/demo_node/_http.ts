/** Raw HTTP to a node on loopback: what a client sees, down to a connection that just closes. */
import type { DemoNode } from "../../../../src/demo/demo_node/mod.ts";

/** An answer of JSON-RPC. */
export interface RpcAnswer {
  readonly jsonrpc?: string;
  readonly id?: unknown;
  readonly result?: unknown;
  readonly error?:
    | { readonly code: number; readonly message: string; readonly data?: string }
    | null;
}

/** Sends text on a connection of its own and gives all that comes back until it is closed. */
export async function exchange(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = await Deno.connect({ hostname, port: Number(port) });
  try {
    await socket.write(new TextEncoder().encode(text));
    return await readToEnd(socket);
  } finally {
    socket.close();
  }
}

async function readToEnd(socket: Deno.TcpConn): Promise<string> {
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(4_096);
  let text = "";
  for (;;) {
    // A peer that closes with unread input behind it shows as a reset; both are an end.
    const length = await socket.read(chunk).catch(() => null);
    if (length === null) return text;
    text += decoder.decode(chunk.subarray(0, length), { stream: true });
  }
}

/** One POST in the form that a client writes. */
export function post(body: string, headers: Record<string, string> = {}): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const length = new TextEncoder().encode(body).length;
  return `POST / HTTP/1.1\r\nhost: node\r\ncontent-length: ${length}\r\n${lines}\r\n${body}`;
}

/** Calls by fetch, as a pool would. */
export async function call(
  node: DemoNode,
  method: string,
  params: unknown[] = [],
  init: RequestInit = {},
): Promise<RpcAnswer> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  return await send(node, body, init) as RpcAnswer;
}

/** Posts a body by fetch. */
export async function send(node: DemoNode, body: string, init: RequestInit = {}): Promise<unknown> {
  const response = await fetch(node.url, { method: "POST", body, ...init });
  return JSON.parse(await response.text());
}
