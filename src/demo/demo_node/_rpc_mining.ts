/**
 * The calls with which a pool works: templates, proposals, blocks and what they pay.
 *
 * @module
 */
import type { Clock } from "../../base/mod.ts";
import type { BlockInbox } from "./_block_inbox.ts";
import type { Chain } from "./_chain.ts";
import type { ChainBlock } from "./_chain_block.ts";
import { expandBits, workOf } from "./_compact_bits.ts";
import { isRecord } from "./_json_rpc.ts";
import { bytesFromHex, hexParam, integerParam, wrongType } from "./_params.ts";
import type { RpcMethods } from "./_rpc.ts";
import { invalidParams, RpcError } from "./_rpc_error.ts";
import { subsidyAt } from "./_rules.ts";
import { type Template, templateToJson } from "./_template.ts";
import type { TemplateBoard } from "./_template_board.ts";

/** What these calls work on. */
export interface MiningModules {
  readonly chain: Chain;
  readonly clock: Clock;
  readonly inbox: BlockInbox;
  /** Undefined when no miner address of this network is set. */
  readonly board: TemplateBoard | undefined;
}

const LONG_POLL_ID = /^[0-9]{10}[0-9a-f]{8}[0-9]{10}[0-9]{10}[0-9a-f]{8}$/;
const NETWORK_RATE_BLOCKS = 120;

/** getblocktemplate and its relatives. */
export function miningMethods(modules: MiningModules): RpcMethods {
  const { chain, inbox } = modules;
  return {
    getblocktemplate: (params, signal) => getBlockTemplate(modules, params[0] ?? {}, signal),
    submitblock: (params, signal) => {
      const [, options = null] = params;
      if (options !== null && !isRecord(options)) {
        throw wrongType(options, "struct SubmitBlockParameters");
      }
      return inbox.submit(hexParam(params, 0), signal);
    },
    getblocksubsidy: (params) => subsidy(chain, integerParam(params, 0, chain.tip.height)),
    getmininginfo: () => {
      const rate = solutionsPerSecond(chain, NETWORK_RATE_BLOCKS, -1);
      return {
        blocks: chain.tip.height,
        currentblocksize: chain.tip.bytes.length,
        currentblocktx: Math.max(0, chain.tip.txids.length - 1),
        networksolps: rate,
        networkhashps: rate,
        chain: "test",
        testnet: true,
      };
    },
    getnetworksolps: (params) => networkRate(chain, params),
    getnetworkhashps: (params) => networkRate(chain, params),
  };
}

function getBlockTemplate(
  { board, inbox, clock }: MiningModules,
  request: unknown,
  signal: AbortSignal,
): Promise<unknown> | unknown {
  if (!isRecord(request)) throw wrongType(request, "struct GetBlockTemplateParameters");
  const { mode = "template", data, longpollid, capabilities = [] } = request;
  if (!Array.isArray(capabilities)) throw wrongType(capabilities, "a sequence");
  if (data !== undefined && typeof data !== "string") {
    throw wrongType(data, "a hex encoded string");
  }
  if (mode === "proposal") {
    if (data === undefined) {
      throw new RpcError(-1, '"data" parameter must be provided in "proposal" mode');
    }
    return inbox.propose(bytesFromHex(data, JSON.stringify(request).length), signal);
  }
  if (mode !== "template") {
    throw invalidParams(`unknown variant \`${mode}\`, expected \`template\` or \`proposal\``);
  }
  if (data !== undefined) {
    throw new RpcError(-1, '"data" parameter must be omitted in "template" mode');
  }
  if (longpollid === undefined || longpollid === null) {
    return templateToJson(usable(board).current);
  }
  if (typeof longpollid !== "string" || !LONG_POLL_ID.test(longpollid)) {
    throw invalidParams(
      "invalid long poll id, must be 46 ASCII digits / hex chars " +
        `at line 1 column ${JSON.stringify(request).length}`,
    );
  }
  return longPoll(usable(board), longpollid, clock, signal);
}

function usable(board: TemplateBoard | undefined): TemplateBoard {
  if (board === undefined) {
    throw new RpcError(0, "miner parameters are required for get_block_template");
  }
  return board;
}

async function longPoll(
  board: TemplateBoard,
  longPollId: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<unknown> {
  const template = await board.another(longPollId, signal);
  return { ...templateToJson(template), submitold: submitOld(template, longPollId, clock) };
}

/** The id's first 28 characters are tip and latest time: with both the same, old work is good. */
function submitOld(template: Template, longPollId: string, clock: Clock): boolean {
  const same = template.longPollId.slice(0, 28) === longPollId.slice(0, 28);
  return same && template.maxTime >= clock.now() / 1000;
}

function subsidy(chain: Chain, height: number) {
  if (height < 0) throw invalidParams("invalid height");
  const { totalZat, minerZat, streamZat, lockboxZat } = subsidyAt(chain.rules, height);
  const specification = "https://zips.z.cash/zip-1015";
  const { fundingStream } = chain.rules;
  const shares = fundingStream === undefined || height < 1 ? {} : {
    fundingstreams: [{
      recipient: "Zcash Community Grants NU6",
      specification,
      value: toZec(streamZat),
      valueZat: Number(streamZat),
      address: fundingStream.address,
    }],
    lockboxstreams: [{
      recipient: "Lockbox NU6",
      specification,
      value: toZec(lockboxZat),
      valueZat: Number(lockboxZat),
    }],
  };
  return {
    ...shares,
    miner: toZec(minerZat),
    founders: 0,
    fundingstreamstotal: toZec(streamZat),
    lockboxtotal: toZec(lockboxZat),
    totalblocksubsidy: toZec(totalZat),
  };
}

/** An amount as the real node shows it; only for show. */
export function toZec(zat: bigint): number {
  return Number(zat) / 1e8;
}

function networkRate(chain: Chain, params: readonly unknown[]): number {
  const blocks = integerParam(params, 0, NETWORK_RATE_BLOCKS);
  return solutionsPerSecond(chain, blocks, integerParam(params, 1, -1));
}

/** Work of the last blocks over the time that they span, whole solutions a second. */
function solutionsPerSecond(chain: Chain, blocks: number, height: number): number {
  const top = height < 0 ? chain.tip : chain.at(height) ?? chain.tip;
  const lineage = top.lineage((blocks > 0 ? blocks : 102) + 1);
  const times = lineage.map((block) => block.time);
  const seconds = Math.max(...times) - Math.min(...times);
  if (seconds <= 0) return 0;
  const work = lineage.slice(0, -1).reduce((sum, block) => sum + blockWork(block), 0n);
  return Number(work / BigInt(seconds));
}

function blockWork(block: ChainBlock): bigint {
  return workOf(expandBits(block.bits) ?? 0n);
}
