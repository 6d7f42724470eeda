import {
  readAddressInfo,
  readBestBlock,
  readBlockchainInfo,
  readBlockHeader,
  readBlockLinks,
  readBlockSubsidy,
  readDeprecationInfo,
  readHash,
  readHexBytes,
  readNetworkInfo,
  readTransactionOutputs,
  readTransactionPlace,
  readVerdict,
} from "../../../src/chain/node/node_answers.ts";
import {
  discoveredMethods,
  helpMethods,
  readFunds,
  readOperation,
  readRecent,
  readStatus,
} from "../../../src/money/wallet/zallet_answers.ts";
import { PayoutError } from "../../../src/money/payouts/mod.ts";
import { decodeState } from "../../../src/money/payouts/_state_text.ts";
import { RpcError } from "../../../src/platform/rpc/mod.ts";
import { readRpcAnswer } from "../../../src/platform/rpc/_rpc_answer.ts";
import { declared, type FuzzTarget, jsonTarget, textTarget } from "../fuzz_target.ts";

interface Recorded {
  readonly calls: readonly { readonly method: string; readonly body: { result?: unknown } }[];
}

function recorded(): Recorded["calls"] {
  const url = new URL("../../vectors/data/node/zebra_answers_7.0.0.json", import.meta.url);
  return (JSON.parse(Deno.readTextFileSync(url)) as Recorded).calls
    .filter(({ body }) => JSON.stringify(body).length <= 8_000);
}

const NODE_READERS: readonly ((answer: unknown) => unknown)[] = [
  readTransactionPlace,
  readTransactionOutputs,
  readBlockchainInfo,
  readBlockHeader,
  readBlockLinks,
  readBestBlock,
  readBlockSubsidy,
  (answer) => readAddressInfo("z_validateaddress", answer),
  readDeprecationInfo,
  readNetworkInfo,
  (answer) => readHash("getblockhash", answer),
  (answer) => readHexBytes("getblock", answer),
  (answer) => readVerdict("submitblock", answer),
];

const node = jsonTarget({
  name: "answers.node",
  lengthMax: 10_000,
  seeds: () => recorded().map(({ body }) => body.result ?? null),
  read(value) {
    for (const read of NODE_READERS) declared([RpcError], () => read(value));
  },
});

const rpc: FuzzTarget = {
  name: "answers.rpc",
  lengthMax: 10_000,
  words: ['"id":7', '"error":{"code":-8,"message":"m","data":', '"result":', "\u{feff}"],
  seeds: () =>
    [
      '{"jsonrpc":"2.0","id":7,"result":[1]}',
      '{"id":7,"result":null,"error":null}',
      '{"id":7,"error":{"code":-8,"message":"no","data":"why"}}',
      "<html>404</html>",
    ].map((text) => new TextEncoder().encode(text)),
  read(input) {
    for (const status of [200, 401, 429, 500]) {
      declared([RpcError], () =>
        readRpcAnswer(
          { peer: "node", method: "getblocktemplate", id: 7 },
          { status, body: input } as Parameters<typeof readRpcAnswer>[1],
        ));
    }
  },
};

const ACCOUNT = "f6b2f4a0-0000-4000-8000-000000000001";
const TXID = "ab".repeat(32);

const wallet = jsonTarget({
  name: "answers.wallet",
  lengthMax: 6_000,
  seeds: () => [
    { node_tip: { height: 9, blockhash: TXID }, fully_synced_height: 9, locked: false },
    {
      accounts: [{
        account_uuid: ACCOUNT,
        transparent: { regular: { spendable: { valueZat: 5 } } },
        orchard: { spendable: { valueZat: 7 } },
      }],
    },
    [{ txid: TXID, expiry_height: 40, fee_paid: 10_000, outputs: [] }],
    [{ id: "opid-1", status: "success", result: { txids: [TXID] } }],
    { methods: [{ name: "z_sendmany" }] },
  ],
  read(value) {
    const readers: readonly ((answer: unknown) => unknown)[] = [
      readStatus,
      (answer) => readFunds(answer, ACCOUNT),
      readRecent,
      (answer) => readOperation(answer, "opid-1"),
      discoveredMethods,
      helpMethods,
    ];
    for (const read of readers) declared([RpcError], () => read(value));
  },
});

const batchState = textTarget({
  name: "answers.batch_state",
  lengthMax: 1_000,
  words: ['"kind":"planned"', '"feeZat":"10000"', '"feeZat":{}', '"feeZat":1.5'],
  seeds: () => ['{"kind":"planned"}', `{"kind":"broadcast","txid":"${TXID}","feeZat":"10000"}`],
  read(stateText) {
    for (const state of ["planned", "broadcast"] as const) {
      declared(
        [PayoutError],
        () =>
          decodeState({ id: 1, state, stateText } as unknown as Parameters<typeof decodeState>[0]),
      );
    }
  },
});

export const ANSWER_TARGETS: readonly FuzzTarget[] = [node, rpc, wallet, batchState];
