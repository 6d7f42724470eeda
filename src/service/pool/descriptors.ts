import { type Logger, PoolError } from "../../base/mod.ts";
import type { Config } from "../config/mod.ts";
import { DESCRIPTORS_RESERVED } from "../../wire/transport/mod.ts";

/** How many miners the system has descriptors for, beside what is reserved. */
export interface DescriptorRoom {
  /** Descriptors that the configuration can use: `server.max_connections` and the reserve. */
  readonly wanted: number;
  /** Descriptors that are free; no more than `wanted` are counted. */
  readonly free: number;
  /** Connections of miners that can be taken, at most `server.max_connections`. */
  readonly maxConnections: number;
}

/** Files as they are counted with; tests have their own. */
export interface ReadableFiles {
  /** Without this question the runtime would ask at the terminal. */
  mayRead(path: string): boolean;
  open(path: string): Disposable;
}

/**
 * Counts what the configuration can use, before it is needed. The limits themselves cannot be read
 * with less than all permissions, but a file that may be read can be opened again and again: some
 * 20 µs each, closed before anything else goes on.
 *
 * @param path a file or folder that exists and may be read.
 * @returns undefined where it may not be tried.
 */
export function countDescriptors(
  maxConnections: number,
  path: string,
  files: ReadableFiles = systemFiles,
): DescriptorRoom | undefined {
  if (!files.mayRead(path)) return undefined;
  const wanted = maxConnections + DESCRIPTORS_RESERVED;
  const opened: Disposable[] = [];
  try {
    while (opened.length < wanted) opened.push(files.open(path));
  } catch (error) {
    if (opened.length === 0 || !isOutOfDescriptors(error)) return undefined;
  } finally {
    for (const file of opened) file[Symbol.dispose]();
  }
  const free = opened.length;
  const room = Math.max(0, free - DESCRIPTORS_RESERVED);
  return { wanted, free, maxConnections: Math.min(maxConnections, room) };
}

/** What to do where the room is too small. */
export function descriptorAdvice({ wanted, free, maxConnections }: DescriptorRoom): string {
  return `the system lets this process open ${free} more files and sockets, and ` +
    `server.max_connections with a reserve for node, database and HTTP can use ${wanted}: at most ` +
    `${maxConnections} miners are served; raise the limit (ulimit -n, LimitNOFILE) or lower ` +
    "server.max_connections";
}

/**
 * The connections that a start may take, with a warning where they are fewer than configured.
 *
 * @throws {PoolError} `descriptors` where there would be none.
 */
export function connectionsToTake({ server }: Config, logger: Logger): number {
  const room = countDescriptors(server.maxConnections, server.dataDir);
  if (room === undefined || room.maxConnections === server.maxConnections) {
    return server.maxConnections;
  }
  const advice = descriptorAdvice(room);
  if (room.maxConnections === 0) throw new PoolError("descriptors", `Cannot start: ${advice}`);
  const { wanted, free, maxConnections } = room;
  logger.log("warn", "descriptors_few", advice, { wanted, free, max_connections: maxConnections });
  return maxConnections;
}

const systemFiles: ReadableFiles = {
  mayRead: (path) => Deno.permissions.querySync({ name: "read", path }).state === "granted",
  open: (path) => Deno.openSync(path),
};

function isOutOfDescriptors(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    (error.code === "EMFILE" || error.code === "ENFILE");
}
