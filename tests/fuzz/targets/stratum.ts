import assert from "node:assert/strict";
import { PoolError } from "../../../src/base/mod.ts";
import { IdentityError, readUserIdentity } from "../../../src/mining/channels/mod.ts";
import { readPassword } from "../../../src/mining/stratum_v1/password.ts";
import { parseStratumUrl, readLine } from "../../../src/wire/stratum/mod.ts";
import { declared, type FuzzTarget, textTarget } from "../fuzz_target.ts";

const WORKER = "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs.rig";

const requests = textTarget({
  name: "stratum.requests",
  lengthMax: 8_192,
  words: [
    ...["mining.subscribe", "mining.authorize", "mining.submit", "mining.suggest_target"],
    ...["mining.extranonce.subscribe", '"params":[', '"id":', "null", "1e400", "fd4005", '"a.b"'],
  ],
  seeds: () => [
    '{"id":1,"method":"mining.subscribe","params":["agent/1.0",null,"pool","3333"]}',
    `{"id":2,"method":"mining.authorize","params":["${WORKER}","d=1024,md=2"]}`,
    `{"id":3,"method":"mining.suggest_target","params":["${"0".repeat(4)}${"f".repeat(60)}"]}`,
    `{"id":"x","method":"mining.submit","params":["${WORKER}","7f","00000000","${
      "00".repeat(28)
    }","fd4005${"01".repeat(1_344)}"]}`,
    '[{"id":4,"method":"mining.suggest_difficulty","params":[0.5]},{"id":null,"result":true}]',
  ],
  read(text) {
    for (const item of readLine(text)) {
      if (item.kind === "broken" || item.kind === "response" || item.id === undefined) continue;
      // An id is repeated as it was written.
      assert.ok(item.id.length <= 128);
      JSON.parse(item.id);
    }
  },
});

const passwords = textTarget({
  name: "stratum.passwords",
  lengthMax: 300,
  words: ["d=", "md=", "coinbase=yes", ",", ";", "1e5", "0.000000000001"],
  seeds: () => ["x", "d=1024", "md=0.5,coinbase=yes"],
  read(text) {
    const { difficulty = 1, minDifficulty = 1 } = readPassword(text);
    assert.ok(difficulty > 0 && Number.isFinite(difficulty));
    assert.ok(minDifficulty > 0 && Number.isFinite(minDifficulty));
  },
});

const urls = textTarget({
  name: "stratum.addresses",
  lengthMax: 400,
  words: ["stratum+tcp://", "[::1]", ":3333"],
  seeds: () => ["stratum+tcp://pool.example:3333", "stratum+tcp://[::1]:1"],
  read(text) {
    const url = parseStratumUrl(text);
    if (url !== undefined) assert.ok(url.port >= 1 && url.port <= 65_535);
  },
});

const identities = textTarget({
  name: "stratum.identities",
  lengthMax: 300,
  words: [".", "#coinbase", "t1", "t3", "zs1", "u1"],
  seeds: () => [WORKER, WORKER.slice(0, 35), "t3Vz22vK5z2LcKEdg16Yv4FFneEL1zg9ojd.a.b"],
  read(text) {
    for (const network of ["main", "test"] as const) {
      declared([IdentityError, PoolError], () => readUserIdentity(text, network));
    }
  },
});

export const STRATUM_TARGETS: readonly FuzzTarget[] = [requests, passwords, urls, identities];
