/**
 * Tries the places that a start writes to: the data directory, the database, the log file.
 *
 * @module
 */
import { type Clock, reasonOf } from "../base/mod.ts";
import {
  areRecordsInMemory,
  blockSpoolPath,
  databasePath,
  IN_MEMORY,
  mayKeep,
  mayWrite,
  missingPermissions,
  type NeededPermission,
  type ParsedConfig,
  permissionFlags,
} from "../service/config/mod.ts";
import { tryPostgresStart, trySqliteStart } from "../platform/database/mod.ts";
import { tryRedis } from "../platform/redis/mod.ts";
import { requireLastingPayments } from "../service/pool/mod.ts";
import { folderOf } from "./files.ts";
import type { Finding } from "./finding.ts";

/** Tries each place; takes away again what it had to make for that. */
export async function checkPlaces(
  parsed: ParsedConfig,
  needed: readonly NeededPermission[],
  clock: Clock,
): Promise<Finding[]> {
  return [
    ...paymentRecords(parsed),
    ...dataDirectory(parsed),
    ...databaseFile(parsed),
    ...ledgerFile(parsed),
    ...await databaseServer(parsed, needed, clock),
    ...await redisServer(parsed, needed, clock),
    ...logFile(parsed),
  ];
}

function paymentRecords(parsed: ParsedConfig): Finding[] {
  try {
    requireLastingPayments(parsed);
    return [];
  } catch (thrown) {
    return [{ level: "fault", text: `${reasonOf(thrown)}.` }];
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
  return [tried(`server.data_dir, ${folder},`, FOLDER_ADVICE, () => tryFolder(folder))];
}

const FOLDER_ADVICE = "Make it and give it to the user that the pool runs as, or name another one";

function databaseFile({ config }: ParsedConfig): Finding[] {
  const { path } = config.database;
  if (path === undefined || path === IN_MEMORY) return [];
  const folder = folderOf(path);
  // Its folder is made by the pool only where that is permitted, as with server.data_dir.
  if (!mayKeep(folder)) return [];
  return [
    tried(`database.path, ${path},`, FOLDER_ADVICE, () => {
      if (isFolder(path)) throw new Error("it is a folder");
      tryFolder(folder);
    }),
  ];
}

/** A file that is there is read as a start would read it. */
function ledgerFile(parsed: ParsedConfig): Finding[] {
  if (parsed.config.database.url !== undefined || areRecordsInMemory(parsed)) return [];
  const { path } = databasePath(parsed);
  if (!mayKeep(path) || !isFile(path)) return [];
  try {
    const served = trySqliteStart(path).isServed ? ", and a pool serves on it now" : "";
    return [{ level: "ok", text: `The ledger ${path} can be used${served}.` }];
  } catch (thrown) {
    return [{ level: "fault", text: `${reasonOf(thrown)}.` }];
  }
}

async function databaseServer(
  { config }: ParsedConfig,
  needed: readonly NeededPermission[],
  clock: Clock,
): Promise<Finding[]> {
  const { url } = config.database;
  if (url === undefined) return [];
  const missing = missingPermissions(needed.filter(({ use }) => use === "call the database"));
  if (missing.length > 0) {
    const flags = permissionFlags(missing).join(" ");
    return [{
      level: "warning",
      text: `Whether database.url answers was not tried: add ${flags}.`,
    }];
  }
  try {
    const place = await tryPostgresStart(url.reveal(), { clock });
    return [{ level: "ok", text: `database.url, ${place}, can be used.` }];
  } catch (thrown) {
    return [{ level: "fault", text: `database.url: ${reasonOf(thrown)}.` }];
  }
}

/** A pool starts and goes on without it, so that it is no fault. */
async function redisServer(
  { config: { dedup } }: ParsedConfig,
  needed: readonly NeededPermission[],
  clock: Clock,
): Promise<Finding[]> {
  if (!dedup.enabled || dedup.redisUrl === undefined) return [];
  const missing = missingPermissions(needed.filter(({ use }) => use === "call Redis"));
  if (missing.length > 0) {
    const flags = permissionFlags(missing).join(" ");
    return [{
      level: "warning",
      text: `Whether dedup.redis_url answers was not tried: add ${flags}.`,
    }];
  }
  try {
    const place = await tryRedis(dedup.redisUrl.reveal(), { clock });
    return [{ level: "ok", text: `dedup.redis_url, ${place}, can be used.` }];
  } catch (thrown) {
    return [{
      level: "warning",
      text:
        `dedup.redis_url: ${reasonOf(thrown)}. Until it answers each process judges shares by ` +
        "its own memory.",
    }];
  }
}

function logFile({ config }: ParsedConfig): Finding[] {
  const { file } = config.logging;
  if (file === undefined) return [];
  if (!mayWrite(file)) {
    return [{
      level: "fault",
      text: `logging.file, ${file}, cannot be written: add --allow-write=${file}.`,
    }];
  }
  return [tried(`logging.file, ${file},`, "Make its folder, or name another one", () => {
    if (!tryAppending(file)) {
      Deno.openSync(file, { append: true, createNew: true, mode: 0o640 }).close();
      Deno.removeSync(file);
    }
  })];
}

/** False when there is no such file. */
function tryAppending(file: string): boolean {
  try {
    Deno.openSync(file, { append: true }).close();
    return true;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  }
}

function tried(what: string, advice: string, attempt: () => void): Finding {
  try {
    attempt();
    return { level: "ok", text: `${what} can be written.` };
  } catch (thrown) {
    return { level: "fault", text: `${what} cannot be used: ${reasonOf(thrown)}. ${advice}.` };
  }
}

/** Makes it and a file in it, and takes away again what was not there. */
function tryFolder(folder: string): void {
  const made = missingFolders(folder);
  try {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    Deno.removeSync(Deno.makeTempFileSync({ dir: folder, prefix: ".check-" }));
  } finally {
    for (const each of made) if (isFolder(each)) Deno.removeSync(each);
  }
}

/** Those on the way to a folder that are not there, the folder itself first. */
function missingFolders(folder: string): string[] {
  const parts = folder.replace(/\/+$/, "").split("/");
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("/"))
    .filter((each) => each !== "" && !exists(each));
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
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
