import { type Config, formatSocketAddress } from "../service/config/mod.ts";

/**
 * Whether the pool of a configuration runs here already; `unknown` where it cannot be asked: without
 * metrics, or without the permission.
 */
export type OwnPool = "runs" | "not" | "unknown";

/** It is on this machine and answers from memory. */
const ANSWER_LIMIT_MS = 3_000;
/** The status has a few KB; what has more is something else. */
const ANSWER_LENGTH_MAX = 1024 * 1024;

/** Asks for the status and compares what it serves with what the configuration says. */
export async function askOwnPool({ metrics, server, payout }: Config): Promise<OwnPool> {
  const host = formatSocketAddress(metrics.listenAddr);
  if (!metrics.enabled || metrics.listenAddr.port === 0) return "unknown";
  if (Deno.permissions.querySync({ name: "net", host }).state !== "granted") return "unknown";
  const status = await fetchStatus(`http://${host}/status`);
  const isOwn = status?.listen_addr === formatSocketAddress(server.listenAddr) &&
    status.pool_address === payout.poolAddress;
  return isOwn ? "runs" : "not";
}

/** Undefined for everything that is no status of a pool. */
async function fetchStatus(url: string): Promise<Record<string, unknown> | undefined> {
  try {
    const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
    const response = await fetch(url, { signal, redirect: "error" });
    const value: unknown = JSON.parse(await boundedText(response));
    return typeof value === "object" && value !== null
      ? value as Record<string, unknown>
      : undefined;
  } catch {
    return undefined;
  }
}

async function boundedText({ body }: Response): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > ANSWER_LENGTH_MAX) throw new RangeError("it is too long");
  }
  return text;
}
