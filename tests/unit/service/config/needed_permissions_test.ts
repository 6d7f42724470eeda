import assert from "node:assert/strict";
import {
  missingPermissions,
  neededPermissions,
  parseConfig,
  permissionFlags,
} from "../../../../src/service/config/mod.ts";

const ADDRESS = '[payout]\npool_address = "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs"\n';

function flagsOf(toml: string, environment: Record<string, string> = {}, file?: string): string[] {
  const parsed = parseConfig(ADDRESS + toml, environment, { readSecretFile: () => "secret" });
  return permissionFlags(neededPermissions(parsed, file));
}

Deno.test("permissions follow from the configuration and are no wider", () => {
  assert.deepEqual(flagsOf(""), [
    "--allow-net=0.0.0.0:3333,0.0.0.0:3334,127.0.0.1:9090,127.0.0.1:8232",
    "--allow-env=POOL__*",
    "--allow-read=data",
    "--allow-write=data",
  ]);
  assert.deepEqual(
    flagsOf(
      '[server]\nlisten_addr = "[::]:1"\ndata_dir = "/var/lib/pool"\n' +
        '[zebra]\nurls = ["http://a", "https://b", "http://[::1]:5/"]\nuser = "u"\n' +
        'password_file = "/run/password"\n[metrics]\nenabled = false\n' +
        '[logging]\nfile = "/var/log/pool.log"\n[database]\npath = "/srv/pool.sqlite"\n',
      { POOL__MINING__TAG: "x" },
      "/etc/pool.toml",
    ),
    [
      "--allow-net=[::]:1,0.0.0.0:3334,a:80,b:443,[::1]:5",
      "--allow-read=/etc/pool.toml,/run/password,/var/lib/pool,/srv/pool.sqlite," +
      "/srv/pool.sqlite-wal,/var/log",
      "--allow-env=POOL__*",
      "--allow-write=/var/lib/pool,/srv/pool.sqlite,/srv/pool.sqlite-wal,/var/log/pool.log,/var/log",
    ],
  );
  assert.deepEqual(
    flagsOf(
      '[database]\npath = ":memory:"\n[zebra]\ncookie_file = "a,b"\n[metrics]\nenabled = false\n',
    ),
    [
      "--allow-net=0.0.0.0:3333,0.0.0.0:3334,127.0.0.1:8232",
      "--allow-read=a,,b",
      "--allow-env=POOL__*",
    ],
  );
});

Deno.test("with PostgreSQL the client's variable is among the permissions", () => {
  const flags = flagsOf("", { POOL__DATABASE__URL: "postgres://u@db.example/pool" });
  assert.ok(flags.includes("--allow-env=POOL__*,PGAPPNAME"), flags.join(" "));
  assert.ok(flags[0]?.endsWith(",db.example:5432"), flags.join(" "));
});

Deno.test("Redis is called where shares are claimed there, and not where it is only named", () => {
  const netOf = (toml: string): string | undefined =>
    flagsOf(toml).find((flag) => flag.startsWith("--allow-net="));
  const named = '[dedup]\nredis_url = "rediss://u:p@redis.example"\n';
  assert.match(netOf(`${named}enabled = true\n`) ?? "", /,redis\.example:6379/);
  assert.doesNotMatch(netOf(named) ?? "", /redis/);
});

Deno.test("a default place may be missing, a chosen one may not", () => {
  const required = (toml: string): string[] =>
    neededPermissions(parseConfig(ADDRESS + toml)).filter(({ name, required }) =>
      name === "write" && required
    ).map(({ value, use }) => `${value} to ${use}`);
  assert.deepEqual(required(""), []);
  assert.deepEqual(required('[server]\ndata_dir = "data"\n'), [
    "data to keep found blocks",
    "data to keep records",
  ]);
  assert.deepEqual(required('[database]\npath = "p"\n'), [
    "p to keep records",
    "p-wal to keep records",
  ]);
});

Deno.test({
  name: "what was not granted is missing, and asking does not prompt",
  permissions: { net: ["127.0.0.1:8232", "0.0.0.0:3333"], read: ["data"], env: ["HOME"] },
  fn() {
    const missing = missingPermissions(neededPermissions(parseConfig(ADDRESS)));
    assert.deepEqual(permissionFlags(missing), [
      "--allow-net=0.0.0.0:3334,127.0.0.1:9090",
      "--allow-env=POOL__*",
      "--allow-write=data",
    ]);
  },
});
