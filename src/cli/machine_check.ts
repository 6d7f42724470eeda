import { type Clock, reasonOf } from "../base/mod.ts";
import {
  formatSocketAddress,
  type NeededPermission,
  type ParsedConfig,
  type SocketAddress,
} from "../service/config/mod.ts";
import type { Finding } from "./finding.ts";
import { countDescriptors, descriptorAdvice } from "../service/pool/mod.ts";
import { checkPlaces } from "./place_check.ts";

/**
 * Tries what a start will ask of this machine: ports, the data directory, the database, the log
 * file, files with secrets.
 */
export async function checkMachine(
  parsed: ParsedConfig,
  needed: readonly NeededPermission[],
  clock: Clock,
): Promise<Finding[]> {
  return [
    ...listenAddresses(parsed).map(([key, address]) => tryPort(key, address)),
    ...await checkPlaces(parsed, needed, clock),
    ...descriptors(parsed),
    ...parsed.secretFiles.flatMap(secretFile),
  ];
}

function listenAddresses({ config }: ParsedConfig): [string, SocketAddress][] {
  const { server, metrics, payout, settlement } = config;
  return [
    ["server.listen_addr", server.listenAddr],
    ...metrics.enabled ? [["metrics.listen_addr", metrics.listenAddr] as const] : [],
    ...payout.wallet === "external"
      ? [["settlement.listen_addr", settlement.listenAddr] as const]
      : [],
  ].map(([key, address]) => [key as string, address as SocketAddress]);
}

function tryPort(key: string, listenAddr: SocketAddress): Finding {
  const address = formatSocketAddress(listenAddr);
  const { hostname, port } = listenAddr;
  if (Deno.permissions.querySync({ name: "net", host: address }).state !== "granted") {
    return {
      level: "warning",
      text: `Whether ${key}, ${address}, is free was not tried: add --allow-net=${address}.`,
    };
  }
  try {
    Deno.listen({ hostname, port }).close();
    return { level: "ok", text: `${key}, ${address}, is free.` };
  } catch (thrown) {
    if (thrown instanceof Deno.errors.AddrInUse) {
      return {
        level: "warning",
        text: `${key}, ${address}, is taken. That is as it should be while this pool runs; else ` +
          "end the other program or take another port.",
      };
    }
    return {
      level: "fault",
      text: `${key}, ${address}, cannot be listened on: ${reasonOf(thrown)}.`,
    };
  }
}

/** Nothing where they cannot be counted: with no folder of its own the pool learns it on the way. */
function descriptors({ config: { server } }: ParsedConfig): Finding[] {
  const room = countDescriptors(server.maxConnections, server.dataDir);
  if (room === undefined) return [];
  if (room.maxConnections === server.maxConnections) {
    const text = `The system has files and sockets for ${server.maxConnections} miners.`;
    return [{ level: "ok", text }];
  }
  const level = room.maxConnections === 0 ? "fault" : "warning";
  const advice = descriptorAdvice(room);
  return [{ level, text: `${advice.charAt(0).toUpperCase()}${advice.slice(1)}.` }];
}

/** Bits of a file's mode by which its group or everybody may read it. */
const OTHERS_READ = 0o044;

function secretFile(path: string): Finding[] {
  const { mode } = Deno.statSync(path);
  if (mode === null || (mode & OTHERS_READ) === 0) return [];
  return [{
    level: "warning",
    text: `${path} holds a secret and others than its owner may read it: chmod 600 ${path}.`,
  }];
}
