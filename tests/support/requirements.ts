/**
 * Programs beyond Deno that some tests need: where they are, or how to get them.
 *
 * @module
 */

import { ZEBRAD_VERSION } from "./zebrad.ts";

/** Programs that a test may name in brackets in front of its name, and how to get them. */
export const HOW_TO_GET = {
  zebrad: `set ZEBRAD to a zebrad ${ZEBRAD_VERSION} binary or run \`deno task e2e:zebra\`, which ` +
    "installs one",
  cargo: "install Rust 1.91 or later",
  postgres: "install PostgreSQL 14 or later (apt-get install postgresql)",
  "redis-server": "install Redis 6 or later (apt-get install redis-server)",
  promtool: "install Prometheus (apt-get install prometheus)",
  "systemd-analyze": "install systemd",
  haproxy: "install HAProxy 2.6 or later (apt-get install haproxy)",
  nft: "install nftables (apt-get install nftables)",
  nginx: "install Nginx with its stream module (apt-get install nginx libnginx-mod-stream)",
} as const;

/** One of those programs. */
export type Program = keyof typeof HOW_TO_GET;

/** The full path of a program, or undefined when it is not installed. */
export function findProgram(program: Program): string | undefined {
  const named = Deno.env.get(program.toUpperCase().replaceAll("-", "_"));
  if (named !== undefined && named !== "") return isFile(named) ? named : undefined;
  const folders = [
    ...(Deno.env.get("PATH") ?? "").split(":"),
    `${cacheFolder()}/bin`,
    ...serverFolders(),
  ];
  return folders.filter((folder) => folder !== "").map((folder) => `${folder}/${program}`).find(
    isFile,
  );
}

/** Where programs that were installed for the tests are kept, outside of the project. */
export function cacheFolder(): string {
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? ""}/.cache`;
  return `${cache}/zcash-pool`;
}

/** Debian keeps the programs of each PostgreSQL version apart; the newest one first. */
function serverFolders(): string[] {
  try {
    const versions = [...Deno.readDirSync("/usr/lib/postgresql")].map(({ name }) => name);
    return versions.sort((a, b) => Number(b) - Number(a)).map((version) =>
      `/usr/lib/postgresql/${version}/bin`
    );
  } catch {
    return [];
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Declares a test that needs a program: ignored where it is missing, and counted by its name. */
export function testWith(
  program: Program,
  name: string,
  run: (path: string, t: Deno.TestContext) => Promise<void>,
): void {
  const path = findProgram(program);
  Deno.test({
    name: `[${program}] ${name}`,
    ignore: path === undefined,
    fn: (t) => run(path ?? "", t),
  });
}
