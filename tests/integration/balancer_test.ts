/** The balancers' files in config/, read by the balancers, and one of them in front of a pool's port. */
import assert from "node:assert/strict";
import { silentLogger, systemClock } from "../../src/base/mod.ts";
import { parseConfig } from "../../src/service/config/mod.ts";
import { openMiningListener } from "../../src/service/pool/mining_listener.ts";
import { PeerNetworks } from "../../src/service/pool/peer_networks.ts";
import { RefusalNotice } from "../../src/service/pool/refusal_notice.ts";
import { NO_TRANSPORT_METRICS } from "../../src/wire/transport/mod.ts";
import { POOL_ADDRESS } from "../support/live_pool.ts";
import { testWith } from "../support/requirements.ts";

const CONFIG = new URL("../../config/", import.meta.url);

/** From where HAProxy connects in the test: another address of loopback than the miner's. */
const BALANCER = "127.0.0.3";

testWith(
  "haproxy",
  "HAProxy takes its file, and every server is told whose connection it is",
  async (path) => {
    const file = new URL("haproxy.cfg", CONFIG).pathname;
    await says(path, ["-c", "-f", file], /valid|^$/);
    const servers = (await Deno.readTextFile(file)).match(/^ +server .*$/gm) ?? [];
    assert.ok(servers.length > 0 && servers.every((line) => line.endsWith("send-proxy-v2")));
  },
);

testWith("nginx", "Nginx takes its file", async (path) => {
  await inFolder(async (folder) => {
    const module = "/usr/lib/nginx/modules/ngx_stream_module.so";
    const loads = await Deno.stat(module).then(() => `load_module ${module};\n`, () => "");
    const stream = await Deno.readTextFile(new URL("nginx-stream.conf", CONFIG));
    await Deno.writeTextFile(
      `${folder}/nginx.conf`,
      `${loads}pid ${folder}/pid;\nerror_log stderr;\nevents {}\n${stream}`,
    );
    await says(path, ["-t", "-c", `${folder}/nginx.conf`], /test is successful/);
  });
});

testWith("haproxy", "behind HAProxy the pool sees the miner's address", async (path) => {
  const { config } = parseConfig(
    `[payout]\npool_address = "${POOL_ADDRESS}"\n` +
      `[server]\nlisten_addr = "127.0.0.1:0"\nproxy_protocol = true\n` +
      `trusted_proxies = ["${BALANCER}"]\n[jd]\nenabled = false\n`,
  );
  const networks = new PeerNetworks(config, { logger: silentLogger });
  const modules = { clock: systemClock, logger: silentLogger, networks };
  const mining = await openMiningListener(config, {
    ...modules,
    metrics: NO_TRANSPORT_METRICS,
    refusals: new RefusalNotice(modules),
  });
  await inFolder(async (folder) => {
    const port = freePort();
    const text = (await Deno.readTextFile(new URL("haproxy.cfg", CONFIG)))
      // Twice as many descriptors: more than tests may have.
      .replace("maxconn 20000", "maxconn 100")
      .replace("bind :3333", `bind 127.0.0.1:${port}`)
      .replace(/^ +server pool2.*$/m, "")
      .replace(
        "server pool1 10.0.0.1:3333 check",
        `server pool1 127.0.0.1:${mining.listener.address.port} source ${BALANCER}`,
      );
    await Deno.writeTextFile(`${folder}/haproxy.cfg`, text);
    const haproxy = new Deno.Command(path, {
      args: ["-db", "-f", `${folder}/haproxy.cfg`],
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      const miner = await dial(port);
      // The beginning of SetupConnection's frame.
      await miner.write(Uint8Array.of(0, 0, 0, 30, 0, 0));
      for await (const connection of mining.listener.connections()) {
        assert.equal(connection.remoteAddress, "127.0.0.1");
        connection.close("seen");
        break;
      }
      miner.close();
    } finally {
      haproxy.kill("SIGTERM");
      await haproxy.status;
      await mining.close();
    }
  });
});

async function says(path: string, args: string[], expected: RegExp): Promise<void> {
  const { code, stdout, stderr } = await new Deno.Command(path, { args }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.equal(code, 0, said);
  assert.match(said, expected);
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "zcash-pool-balancer-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** Connects as soon as something listens there; HAProxy takes a moment to. */
async function dial(port: number): Promise<Deno.TcpConn> {
  for (let attempt = 0;; attempt++) {
    try {
      return await Deno.connect({ hostname: "127.0.0.1", port });
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
