import { systemReason } from "../base/mod.ts";
import {
  blockSpoolPath,
  formatSocketAddress,
  IN_MEMORY,
  mayKeep,
  type ParsedConfig,
  type SocketAddress,
} from "../config/mod.ts";
import type { Finding } from "./finding.ts";

/** Tries what a start will ask of this machine: ports, the data directory, files with secrets. */
export function checkMachine(parsed: ParsedConfig): Finding[] {
  return [
    ...listenAddresses(parsed).map(([key, address]) => tryPort(key, address)),
    ...dataDirectory(parsed),
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
      text: `${key}, ${address}, cannot be listened on: ${systemReason(thrown)}.`,
    };
  }
}

function dataDirectory(parsed: ParsedConfig): Finding[] {
  if (parsed.config.database.path === IN_MEMORY) return [];
  const folder = parsed.config.server.dataDir;
  if (!mayKeep(folder)) {
    const flags = `--allow-read=${folder} --allow-write=${folder}`;
    return [{
      level: blockSpoolPath(parsed).chosen ? "fault" : "warning",
      text: `Nothing can be kept in server.data_dir, ${folder}: add ${flags}.`,
    }];
  }
  try {
    tryFolder(folder);
    return [{ level: "ok", text: `server.data_dir, ${folder}, can be written.` }];
  } catch (thrown) {
    return [{
      level: "fault",
      text: `server.data_dir, ${folder}, cannot be used: ${systemReason(thrown)}. Make it and ` +
        "give it to the user that the pool runs as, or name another one.",
    }];
  }
}

/** Makes it and a file in it, and takes away again what was not there. */
function tryFolder(folder: string): void {
  const existed = exists(folder);
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    Deno.removeSync(Deno.makeTempFileSync({ dir: folder, prefix: ".check-" }));
  } finally {
    if (!existed) Deno.removeSync(folder);
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
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
