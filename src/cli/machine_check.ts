import { type Clock, reasonOf } from "../base/mod.ts";
import {
  type Config,
  formatSocketAddress,
  listenerAddresses,
  type NeededPermission,
  type ParsedConfig,
  type SocketAddress,
} from "../service/config/mod.ts";
import type { Finding } from "./finding.ts";
import { askOwnPool, type OwnPool } from "./own_pool.ts";
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
    ...await checkPorts(parsed.config),
    ...await checkPlaces(parsed, needed, clock),
    ...descriptors(parsed),
    ...parsed.secretFiles.flatMap(secretFile),
  ];
}

async function checkPorts(config: Config): Promise<Finding[]> {
  let own: OwnPool | undefined;
  const findings: Finding[] = [];
  for (const { key, address } of listenerAddresses(config)) {
    const found = tryPort(key, address);
    findings.push(
      found === "taken" ? takenPort(key, address, own ??= await askOwnPool(config)) : found,
    );
  }
  return findings;
}

/** Binds the port as a start does, and frees it. */
function tryPort(key: string, listenAddr: SocketAddress): Finding | "taken" {
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
    if (thrown instanceof Deno.errors.AddrInUse) return "taken";
    return {
      level: "fault",
      text: `${key}, ${address}, cannot be listened on: ${reasonOf(thrown)}.`,
    };
  }
}

/** What this configuration's own pool holds does not keep it from starting again. */
function takenPort(key: string, listenAddr: SocketAddress, own: OwnPool): Finding {
  const what = `${key}, ${formatSocketAddress(listenAddr)},`;
  switch (own) {
    case "runs":
      return { level: "ok", text: `${what} is served by this configuration's pool, which runs.` };
    case "not":
      return {
        level: "fault",
        text: `${what} is taken by another program, or by a pool with other settings: end it, or ` +
          "take another port.",
      };
    case "unknown":
      return {
        level: "warning",
        text: `${what} is taken. If this pool does not run, end the program that has it, or take ` +
          "another port. Who has it was not asked: that needs metrics.enabled.",
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
