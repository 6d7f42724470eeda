import { formatSocketAddress } from "./address_types.ts";
import { listenerAddresses, type ListenerUse } from "./listeners.ts";
import type { ParsedConfig } from "./parse_config.ts";
import { ENVIRONMENT_PREFIX } from "./read_environment.ts";
import { IN_MEMORY } from "./sections/database.ts";
import { blockSpoolPath, databasePath } from "./storage_paths.ts";

/** What a permission is for; it completes "may … to". */
export type PermissionUse =
  | ListenerUse
  | "call the node"
  | "call the wallet"
  | "call the database"
  | "call Redis"
  | "read the configuration"
  | "read a secret"
  | "read the node's cookie"
  | "read the wallet's cookie"
  | "read settings in the environment"
  | "do what the command line says"
  | "keep found blocks"
  | "keep records"
  | "write the log"
  | "rotate the log";

/** One thing that a configuration makes the pool do, for which it needs a permission. */
export interface NeededPermission {
  readonly name: "net" | "read" | "write" | "env" | "run";
  /** `host:port`, a path, a variable or a program. */
  readonly value: string;
  readonly use: PermissionUse;
  /** False when the pool starts without it, with less than it could do. */
  readonly required: boolean;
}

/** True for a key whose value, when it stands in a file, has to be known to tell what is needed. */
export function decidesPermission(key: string): boolean {
  return key === "database.url" || key === "dedup.redis_url";
}

/** Everything that a configuration needs, and nothing that it does not. */
export function neededPermissions(parsed: ParsedConfig, configFile?: string): NeededPermission[] {
  return [...network(parsed), ...inputs(parsed, configFile), ...storage(parsed)];
}

/** Those that this process does not have; asks without prompting. */
export function missingPermissions(needed: readonly NeededPermission[]): NeededPermission[] {
  return needed.filter((permission) =>
    Deno.permissions.querySync(descriptorOf(permission)).state !== "granted"
  );
}

/** The flags of `deno run` for some permissions: one for each name, each value once. */
export function permissionFlags(needed: readonly NeededPermission[]): string[] {
  return [...Map.groupBy(needed, ({ name }) => name)].map(([name, permissions]) => {
    // A comma separates values; a doubled one stands for itself.
    const values = new Set(permissions.map(({ value }) => value.replaceAll(",", ",,")));
    return `--allow-${name}=${[...values].join(",")}`;
  });
}

function network({ config }: ParsedConfig): NeededPermission[] {
  const { zebra, payout, wallet, database, dedup } = config;
  const walletUrl = payout.wallet === "zallet" ? wallet.url : undefined;
  const reach = (value: string, use: PermissionUse): NeededPermission => ({
    name: "net",
    value,
    use,
    required: true,
  });
  return [
    ...listenerAddresses(config).map(({ address, use }) =>
      reach(formatSocketAddress(address), use)
    ),
    ...zebra.urls.map((url) => reach(hostAndPort(url), "call the node")),
    ...walletUrl === undefined ? [] : [reach(hostAndPort(walletUrl), "call the wallet")],
    ...database.url === undefined
      ? []
      : [reach(hostAndPort(database.url.reveal()), "call the database")],
    ...!dedup.enabled || dedup.redisUrl === undefined
      ? []
      : [reach(hostAndPort(dedup.redisUrl.reveal()), "call Redis")],
  ];
}

function inputs(parsed: ParsedConfig, configFile: string | undefined): NeededPermission[] {
  const read = (value: string, use: PermissionUse): NeededPermission => ({
    name: "read",
    value,
    use,
    required: true,
  });
  const { zebra: { cookieFile }, payout, wallet } = parsed.config;
  const walletCookie = payout.wallet === "zallet" ? wallet.cookieFile : undefined;
  return [
    ...configFile === undefined ? [] : [read(configFile, "read the configuration")],
    ...parsed.secretFiles.map((path) => read(path, "read a secret")),
    ...cookieFile === undefined ? [] : [read(cookieFile, "read the node's cookie")],
    ...walletCookie === undefined ? [] : [read(walletCookie, "read the wallet's cookie")],
    {
      name: "env",
      value: `${ENVIRONMENT_PREFIX}*`,
      use: "read settings in the environment",
      required: false,
    },
    // Its client reads this variable whatever it is given, and would prompt for it.
    ...parsed.config.database.url === undefined
      ? []
      : [{ name: "env", value: "PGAPPNAME", use: "call the database", required: true } as const],
  ];
}

function storage(parsed: ParsedConfig): NeededPermission[] {
  const keep = (value: string, use: PermissionUse, required: boolean): NeededPermission[] =>
    (["read", "write"] as const).map((name) => ({ name, value, use, required }));
  const { dataDir } = parsed.config.server;
  const database = databasePath(parsed);
  const { file } = parsed.config.logging;
  // Whoever keeps the records in memory on purpose gets no files for blocks either.
  const found = database.path === IN_MEMORY
    ? []
    : keep(dataDir, "keep found blocks", blockSpoolPath(parsed).chosen);
  // A database of no place of its own stands in the directory too.
  if (database.path !== IN_MEMORY && !parsed.explicit.has("database.path")) {
    if (parsed.config.database.url === undefined) {
      found.push(...keep(dataDir, "keep records", database.chosen));
    }
  }
  if (database.path !== IN_MEMORY && parsed.explicit.has("database.path")) {
    found.push(...keep(database.path, "keep records", true));
    found.push(...keep(`${database.path}-wal`, "keep records", true));
  }
  if (file !== undefined) {
    found.push({ name: "write", value: file, use: "write the log", required: true });
    // A file of the working directory would open all of it: something else has to rotate that one.
    const folder = file.slice(0, Math.max(0, file.lastIndexOf("/")));
    if (folder !== "") found.push(...keep(folder, "rotate the log", false));
  }
  return found;
}

const DEFAULT_PORTS: ReadonlyMap<string, number> = new Map([
  ["https:", 443],
  ["postgres:", 5432],
  ["postgresql:", 5432],
  ["redis:", 6379],
  ["rediss:", 6379],
]);

/** What a connection to a URL needs; the port is the scheme's own where none is written. */
function hostAndPort(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port === "" ? DEFAULT_PORTS.get(protocol) ?? 80 : port}`;
}

function descriptorOf({ name, value }: NeededPermission): Deno.PermissionDescriptor {
  switch (name) {
    case "net":
      return { name, host: value };
    case "env":
      return { name, variable: value };
    case "run":
      return { name, command: value };
    case "read":
    case "write":
      return { name, path: value };
  }
}
