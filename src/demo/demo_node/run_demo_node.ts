/**
 * The demo node as a process of its own.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { type DemoNodeOptions, startDemoNode } from "./demo_node.ts";

/** Every option takes a value but the last, which ends the process when its input is closed. */
const ARGUMENTS = {
  "port": { type: "string" },
  "control-port": { type: "string" },
  "cookie-dir": { type: "string" },
  "miner-address": { type: "string" },
  "extra-coinbase-data": { type: "string" },
  "pow-limit": { type: "string" },
  "spacing": { type: "string" },
  "seed": { type: "string" },
  "transaction-interval-ms": { type: "string" },
  "stop-with-stdin": { type: "boolean" },
} as const;

/**
 * Runs a demo node until SIGTERM, SIGINT or, with `--stop-with-stdin`, the end of standard input;
 * says when it is ready with one line of JSON: `{"event":"demo_node_ready","url":…,"cookie_file":…,
 * "control_url":…}`, with null for what there is not.
 *
 * @param args without the program's name: `--port N`, `--control-port N`, `--cookie-dir DIR`,
 * `--miner-address ADDRESS`, `--extra-coinbase-data TEXT`, `--pow-limit HEX` (64 digits, most
 * significant first), `--spacing SECONDS`, `--seed TEXT`, `--transaction-interval-ms N`,
 * `--stop-with-stdin`.
 * @returns the exit code.
 * @throws {TypeError | RangeError} for arguments that it does not know or cannot use.
 */
export async function runDemoNode(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: ARGUMENTS, allowPositionals: false });
  const node = await startDemoNode(optionsOf(values));
  const stop = stopSignal(values["stop-with-stdin"] === true);
  console.log(JSON.stringify({
    event: "demo_node_ready",
    url: node.url,
    cookie_file: node.cookiePath ?? null,
    control_url: node.controlUrl ?? null,
  }));
  await stop;
  await node.close();
  return 0;
}

type Values = { readonly [Name in keyof typeof ARGUMENTS]?: string | boolean | undefined };

function optionsOf(values: Values): DemoNodeOptions {
  const text = (name: keyof Values) => values[name] as string | undefined;
  const number = (name: keyof Values) => numberOf(name, text(name));
  const powLimit = text("pow-limit");
  if (powLimit !== undefined && !/^[0-9a-fA-F]{64}$/.test(powLimit)) {
    throw new TypeError(`--pow-limit: 64 hexadecimal digits expected, received ${powLimit}`);
  }
  return withoutMissing({
    port: number("port"),
    controlPort: number("control-port"),
    cookieDir: text("cookie-dir"),
    minerAddress: text("miner-address"),
    extraCoinbaseData: text("extra-coinbase-data"),
    powLimit: powLimit === undefined ? undefined : BigInt(`0x${powLimit}`),
    spacingSecs: number("spacing"),
    seed: text("seed"),
    transactionIntervalMs: number("transaction-interval-ms"),
  });
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[0-9]{1,9}$/.test(text)) {
    throw new TypeError(`--${name}: a whole number expected, received ${text}`);
  }
  return Number(text);
}

/** The same object without the keys whose value is undefined. */
function withoutMissing<T extends object>(
  fields: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  // Only undefined values were taken out, which is what the type says.
  return Object.fromEntries(present) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** Resolves when the process is asked to stop. */
function stopSignal(withStdin: boolean): Promise<void> {
  return new Promise((resolve) => {
    const signals = ["SIGTERM", "SIGINT"] as const;
    let stopped = false;
    const stop = (): void => {
      if (stopped) return;
      stopped = true;
      for (const signal of signals) Deno.removeSignalListener(signal, stop);
      resolve();
    };
    for (const signal of signals) Deno.addSignalListener(signal, stop);
    if (withStdin) drain().then(stop, stop);
  });
}

/** Reads standard input to its end. */
async function drain(): Promise<void> {
  const buffer = new Uint8Array(256);
  while (await Deno.stdin.read(buffer) !== null);
}
