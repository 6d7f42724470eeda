import { systemClock, systemRandom } from "../../src/base/mod.ts";
import { createSolver } from "../../src/mining/equihash/mod.ts";
import { encodeHeaderPrefix } from "../../src/chain/zcash/mod.ts";
import { parsePoolUrl } from "../../src/wire/noise/mod.ts";
import {
  type MessageValue,
  RequestExtensionsSuccess,
  type SetCustomMiningJob,
  SubmitSharesJd,
  SubmitSharesJdResponse,
} from "../../src/wire/protocol/mod.ts";
import { connect } from "../../src/wire/transport/mod.ts";
import { Declarer } from "../support/declarer.ts";
import type { LivePool } from "../support/live_pool.ts";
import { numberedBytes } from "../support/pool_harness.ts";

/** One solution in some seventeen is a block on Regtest, and a nonce has two. */
const NONCES_MAX = 200;

/** Connects a declarer to a pool, over Noise, and has its connection set up. */
export async function connectDeclarer(pool: LivePool): Promise<Declarer> {
  const { declarationUrl } = pool.running;
  if (declarationUrl === undefined) throw new Error("jobs are not declared here");
  const { authorityKey, ...endpoint } = parsePoolUrl(declarationUrl);
  if (authorityKey === undefined) throw new Error("the port has no key");
  const connection = await connect({ ...endpoint, authorityKey }, {
    clock: systemClock,
    random: systemRandom,
  });
  const declarer = new Declarer(connection, () => Promise.resolve());
  await declarer.setup();
  await declarer.hear(RequestExtensionsSuccess);
  return declarer;
}

/** The fields of a declaration that are the header's. */
type DeclaredHeader = Pick<
  MessageValue<typeof SetCustomMiningJob>,
  "version" | "prevHash" | "merkleRoot" | "blockCommitments" | "time" | "bits"
>;

/** Searches a declared job until the pool has found a block of it. @returns the block's hash. */
export async function mineDeclared(
  pool: LivePool,
  declarer: Declarer,
  { jobId, header }: { readonly jobId: number; readonly header: DeclaredHeader },
): Promise<Uint8Array> {
  const { version, prevHash: previousBlockHash, merkleRoot, blockCommitments, time, bits } = header;
  const solver = createSolver();
  try {
    const fields = { version, previousBlockHash, merkleRoot, blockCommitments };
    const headerPrefix = encodeHeaderPrefix({ ...fields, time, bits });
    for (let tried = 1; tried <= NONCES_MAX; tried++) {
      const nonce = numberedBytes(32, tried);
      const solutions = await solver.solve({ headerPrefix, nonce });
      if (solutions.length === 0) continue;
      const answers = declarer.heard(SubmitSharesJdResponse).length;
      await declarer.send(SubmitSharesJd.encode({
        channelId: 77,
        requestId: tried,
        jobId,
        shares: solutions.map((solution) => ({ version, time, nonce, solution })),
      }));
      await declarer.hear(SubmitSharesJdResponse, answers + 1);
      const found = pool.events.seen.find(({ value }) => value.kind === "block_found");
      if (found !== undefined && found.value.kind === "block_found") return found.value.hash;
    }
  } finally {
    solver.close();
  }
  throw new Error(`no block in ${NONCES_MAX} nonces`);
}
