import { PoolError, systemClock, systemReason } from "../base/mod.ts";
import {
  blockSpoolPath,
  formatSocketAddress,
  IN_MEMORY,
  mayKeep,
  missingPermissions,
  type NeededPermission,
  type ParsedConfig,
  permissionFlags,
  type SocketAddress,
} from "../config/mod.ts";
import { reachPostgres } from "../storage/mod.ts";
import { folderOf } from "./files.ts";
import type { Finding } from "./finding.ts";

/**
 * Tries what a start will ask of this machine: ports, the data directory, the database, the log
 * file, files with secrets.
 *
 * @param needed the permissions of the configuration.
 */
export async function checkMachine(
  parsed: ParsedConfig,
  needed: readonly NeededPermission[],
): Promise<Finding[]> {
  return [
    ...listenAddresses(parsed).map(([key, address]) => tryPort(key, address)),
    ...dataDirectory(parsed),
    ...databaseFile(parsed),
    ...await databaseServer(parsed, needed),
    ...logFile(parsed),
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
  return [folderFinding("server.data_dir", folder)];
}

/** The folder of a SQLite file with a place of its own. */
function databaseFile({ config }: ParsedConfig): Finding[] {
  const { path } = config.database;
  if (path === undefined || path === IN_MEMORY) return [];
  const folder = folderOf(path);
  // The permission is for the file, which need not be enough to try its folder.
  return mayKeep(folder) ? [folderFinding("the folder of database.path", folder)] : [];
}

function folderFinding(key: string, folder: string): Finding {
  try {
    tryFolder(folder);
    return { level: "ok", text: `${key}, ${folder}, can be written.` };
  } catch (thrown) {
    return {
      level: "fault",
      text: `${key}, ${folder}, cannot be used: ${systemReason(thrown)}. Make it and ` +
        "give it to the user that the pool runs as, or name another one.",
    };
  }
}

/** Makes it and a file in it, and takes away again what was not there. */
function tryFolder(folder: string): void {
  const made = missingFolders(folder);
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    Deno.removeSync(Deno.makeTempFileSync({ dir: folder, prefix: ".check-" }));
  } finally {
    for (const each of made) Deno.removeSync(each);
  }
}

/** Itself and the folders above it that are not there, the innermost first. */
function missingFolders(folder: string): string[] {
  if (exists(folder) || !mayKeep(folder)) return [];
  const parent = folderOf(folder);
  return parent === folder ? [] : [folder, ...missingFolders(parent)];
}

async function databaseServer(
  { config }: ParsedConfig,
  needed: readonly NeededPermission[],
): Promise<Finding[]> {
  const { url } = config.database;
  if (url === undefined) return [];
  const missing = missingPermissions(needed.filter(({ use }) => use === "call the database"));
  if (missing.length > 0) {
    const flags = permissionFlags(missing).join(" ");
    return [{ level: "warning", text: `database.url was not tried: add ${flags}.` }];
  }
  try {
    const place = await reachPostgres(url.reveal(), { clock: systemClock });
    return [{ level: "ok", text: `database.url, ${place}, can be reached.` }];
  } catch (thrown) {
    if (!(thrown instanceof PoolError)) throw thrown;
    const text = `database.url: ${thrown.message}. Start the server and make the database, or ` +
      "correct the URL.";
    return [{ level: "fault", text }];
  }
}

/** Opened as the pool opens it; one that was not there is taken away again. */
function logFile({ config }: ParsedConfig): Finding[] {
  const { file } = config.logging;
  if (file === undefined) return [];
  if (Deno.permissions.querySync({ name: "write", path: file }).state !== "granted") {
    return [{ level: "warning", text: `logging.file was not tried: add --allow-write=${file}.` }];
  }
  try {
    tryAppend(file);
    return [{ level: "ok", text: `logging.file, ${file}, can be written.` }];
  } catch (thrown) {
    return [{
      level: "fault",
      text: `logging.file, ${file}, cannot be written: ${systemReason(thrown)}. Make its folder ` +
        "and give it to the user that the pool runs as, or name another file.",
    }];
  }
}

function tryAppend(file: string): void {
  try {
    Deno.openSync(file, { append: true, createNew: true }).close();
    Deno.removeSync(file);
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.AlreadyExists)) throw thrown;
    Deno.openSync(file, { append: true }).close();
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
