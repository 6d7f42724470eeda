/**
 * Stratum V1 for Zcash (ZIP 301): lines of JSON to requests, and the pool's words to lines. README.md
 * is the page for miner authors.
 *
 * @example
 * ```ts
 * import { notifyLine, readLine, resultLine } from "./mod.ts";
 *
 * const [item] = readLine('{"id": 1, "method": "mining.subscribe", "params": ["miner/1.0"]}');
 * if (item?.kind !== "request" || item.id === undefined) throw new Error("a request");
 * const answer: Uint8Array = resultLine(item.id, ["a session", "01020304"]);
 * if (answer.at(-1) !== 0x0a) throw new Error("a line");
 * ```
 *
 * @module
 */
export * from "./errors.ts";
export * from "./lines.ts";
export * from "./request.ts";
export * from "./stratum_url.ts";
