import assert from "node:assert/strict";
import { ExitCode } from "../../../src/cli/mod.ts";
import { parseConfig } from "../../../src/service/config/mod.ts";
import {
  authorityKeyPairOf,
  parseAuthorityKey,
  parseAuthoritySecretKey,
  parsePoolUrl,
} from "../../../src/wire/noise/mod.ts";
import { inFolder, runCommand } from "../../support/command_line.ts";

Deno.test("keygen makes a key pair, and the line that miners are given", async () => {
  const { code, out } = await runCommand(["keygen", "--host", "pool.example.org", "--json"]);
  assert.equal(code, ExitCode.ok);
  const { private_key, public_key, miner_url } = JSON.parse(out);
  const { publicKey } = parseAuthoritySecretKey(private_key);
  assert.deepEqual(parseAuthorityKey(public_key), publicKey);
  assert.deepEqual(parsePoolUrl(miner_url), {
    hostname: "pool.example.org",
    port: 3333,
    authorityKey: publicKey,
  });
});

Deno.test("keygen's private key is taken by the configuration, and each is another", async () => {
  const [first, second] = await Promise.all([runCommand(["keygen"]), runCommand(["keygen"])]);
  const key = /^Private key: +([0-9a-f]{64}) /m.exec(first?.out ?? "")?.[1] ?? "";
  assert.notEqual(second?.out, first?.out);
  const { config } = parseConfig(
    '[payout]\npool_address = "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs"\n' +
      `[security]\nnoise_enabled = true\nnoise_private_key = "${key}"\n`,
  );
  assert.equal(config.security.noisePrivateKey?.reveal(), key);
});

Deno.test("keygen writes the private key to a new file of its owner and does not print it", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/noise.key`;
    const { out } = await runCommand(["keygen", "--out", path]);
    const secret = (await Deno.readTextFile(path)).trim();
    assert.match(secret, /^[0-9a-f]{64}$/);
    assert(!out.includes(secret));
    assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);

    const again = await runCommand(["keygen", "--out", path]);
    assert.equal(again.code, ExitCode.failed);
    assert.match(again.err, /Cannot write .*noise\.key: it exists already/);
    assert.equal((await Deno.readTextFile(path)).trim(), secret);

    const known = await runCommand(["keygen", "--from", path, "--json"]);
    const { publicKey } = authorityKeyPairOf(Uint8Array.fromHex(secret));
    assert.deepEqual(parseAuthorityKey(JSON.parse(known.out).public_key), publicKey);
    assert(!known.out.includes(secret));
  });
});

Deno.test("keygen refuses a file that holds no key without showing what it holds", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/key`, "c0ffee");
    const { code, out, err } = await runCommand(["keygen", "--from", `${folder}/key`]);
    assert.deepEqual([code, out], [ExitCode.failed, ""]);
    assert.doesNotMatch(err, /c0ffee/);
    assert.match((await runCommand(["keygen", "--from", `${folder}/gone`])).err, /no such file/);
  });
});

Deno.test("keygen --rotate explains the change besides making the new key", async () => {
  const { out, err } = await runCommand(["keygen", "--rotate"]);
  assert.match(out, /^Public key:/m);
  assert.match(err, /noise_private_key/);
  assert.match(err, /every miner has to be given the new line/);
});

Deno.test("keygen takes names and addresses for the host, and nothing else", async () => {
  for (const host of ["::1", "[::1]", "2001:db8::7", "10.0.0.1", "pool-1.example.org"]) {
    const { out } = await runCommand(["keygen", "--host", host, "--json"]);
    assert.equal(
      parsePoolUrl(JSON.parse(out).miner_url).hostname,
      host.replace(/[[\]]/g, ""),
      host,
    );
  }
  for (const host of ["a b", "", "pool:3333", "[::1", "::1]", "[pool]", "http://pool", "ab:33"]) {
    const { code, out, err } = await runCommand(["keygen", "--host", host]);
    assert.deepEqual([code, out], [ExitCode.usage, ""], host);
    assert(err.startsWith(`zcash-pool: --host = ${JSON.stringify(host)}: allowed is a name`), err);
  }
});
