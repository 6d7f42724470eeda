import { equalBytes, reasonOf } from "../base/mod.ts";
import { RpcError } from "../platform/rpc/mod.ts";
import type { Config } from "../service/config/mod.ts";
import {
  type BlockchainInfo,
  describeSupport,
  type NodeClient,
  supportOf,
} from "../chain/node/mod.ts";
import { networkFault, networkName, poolNetwork } from "../service/pool/mod.ts";
import { troubleOf } from "../chain/template_provider/mod.ts";
import {
  type BlockTemplate,
  checkTemplate,
  hasExpired,
  parseAddress,
  parseBlockTemplate,
  paymentForm,
  TemplateError,
  type Transaction,
} from "../chain/zcash/mod.ts";
import type { Finding } from "./finding.ts";

/** A fresh template carries the present time; more than this is a wrong clock on one side. */
const CLOCK_DIFFERENCE_MAX_SECS = 60;

/**
 * Asks a node everything that the pool relies on.
 *
 * @param nowMs Unix time in milliseconds.
 * @returns findings in the order of the questions; after one that the node does not answer the
 * rest is not asked.
 */
export async function checkNode(
  node: NodeClient,
  config: Config,
  nowMs: number,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  try {
    const chain = await node.getBlockchainInfo();
    findings.push(...await identity(node, chain, isPrivate(config)));
    findings.push(...network(chain, config, nowMs));
    findings.push(...await endOfSupport(node, chain, nowMs));
    findings.push(...await template(node, config, nowMs));
  } catch (thrown) {
    findings.push(fault(`${troubleOf(thrown).reason}.`));
  }
  return findings;
}

/**
 * A Regtest chain begins in the past and grows when somebody mines: what a node estimates from the
 * time that has passed, and a template whose time follows the tip, say nothing of its state there.
 */
function isPrivate(config: Config): boolean {
  return poolNetwork(config) === "regtest";
}

async function identity(
  node: NodeClient,
  { blocks, estimatedHeight }: BlockchainInfo,
  privately: boolean,
): Promise<Finding[]> {
  const { subversion, connections } = await node.getNetworkInfo();
  const peers = connections === 1 ? "1 peer" : `${connections} peers`;
  const estimate = privately ? "" : ` of an estimated ${estimatedHeight}`;
  const found = [ok(`It is ${subversion} with ${peers}, at height ${blocks}${estimate}.`)];
  if (connections === 0 && !privately) {
    found.push(warning(
      "It has no peers: blocks that are found reach nobody. If it is a private network of one " +
        'node, set mining.network = "regtest".',
    ));
  }
  return found;
}

function network(chain: BlockchainInfo, config: Config, nowMs: number): Finding[] {
  const found = networkFault(chain, config);
  if (found !== undefined) return [fault(`${found}.`)];
  const address = parseAddress(config.payout.poolAddress);
  if (hasExpired(address, { height: chain.blocks + 1, timeMs: nowMs })) {
    return [fault("payout.pool_address has expired: set a new one of the pool's wallet.")];
  }
  return [ok(`It is on ${networkName(chain.chain)}, as payout.pool_address is.`)];
}

async function endOfSupport(
  node: NodeClient,
  chain: BlockchainInfo,
  nowMs: number,
): Promise<Finding[]> {
  let info;
  try {
    info = await node.getDeprecationInfo();
  } catch (thrown) {
    // Nodes before 7 do not have the call; that alone keeps nobody from mining.
    if (!(thrown instanceof RpcError) || thrown.kind !== "rpc") throw thrown;
    return [warning(`It does not report its end of support: ${reasonOf(thrown)}`)];
  }
  if (info === undefined) {
    return [ok(
      chain.chain === "main"
        ? "It tells no end of support."
        : "It has no end of support, as on every test network.",
    )];
  }
  const support = supportOf(info, chain.blocks, nowMs);
  const text = describeSupport(support);
  if (support.blocksLeft <= 0) return [fault(`${text}: it stops itself. Update the node.`)];
  return [
    support.soon ? warning(`${text}. Update the node before then.`) : ok(`${text}.`),
  ];
}

async function template(node: NodeClient, config: Config, nowMs: number): Promise<Finding[]> {
  const found = parseBlockTemplate(await node.getBlockTemplate());
  const age = Math.round(nowMs / 1000 - found.curTime);
  const privately = isPrivate(config);
  const findings = [
    ok(
      `It is synced and gives templates: height ${found.height}, ` +
        `${found.transactions.length} transactions${privately ? "" : `, ${age} seconds old`}.`,
    ),
  ];
  if (!privately && Math.abs(age) > CLOCK_DIFFERENCE_MAX_SECS) {
    findings.push(warning("Its time and this machine's differ: set both by a time service."));
  }
  findings.push(longPoll(found), coinbase(found, config));
  return findings;
}

/** What the pool makes of the node's coinbase. */
function coinbase(found: BlockTemplate, config: Config): Finding {
  try {
    return payee(checkTemplate(found).coinbase, config);
  } catch (thrown) {
    const asMade = config.mining.unknownCoinbase === "as_the_node_made_it";
    if (!(thrown instanceof TemplateError) || thrown.fault !== "unknown-form" || !asMade) {
      throw thrown;
    }
    return warning(
      `${thrown.message}. As mining.unknown_coinbase says, it would be mined as the node made it: ` +
        "whom it pays cannot be checked, and nothing would be credited. Update the pool.",
    );
  }
}

function longPoll({ longPollId }: BlockTemplate): Finding {
  return longPollId === ""
    ? warning("It has no long poll: new blocks are seen by polling alone.")
    : ok("It has long poll.");
}

/** Whom the node's own coinbase pays, beside whom the pool wants paid. */
function payee(coinbase: Transaction, { mining, payout }: Config): Finding {
  const { saplingOutputs, orchardActions, ironwoodActions } = coinbase.shielded;
  const nodeIsShielded = saplingOutputs + orchardActions + ironwoodActions > 0;
  const { scriptPubKey: poolScript } = parseAddress(payout.poolAddress);
  const setAddress = "set the node's mining.miner_address to payout.pool_address";
  if (poolScript === undefined) {
    return nodeIsShielded
      ? warning(
        "Its coinbase pays a shielded address, which the pool can neither change nor " +
          `check: make sure that the node's mining.miner_address is payout.pool_address.`,
      )
      : fault(`Its coinbase pays a transparent address, the pool's is shielded: ${setAddress}.`);
  }
  if (nodeIsShielded) {
    return fault(
      `Its coinbase pays a shielded address, which the pool cannot change: ${setAddress}.`,
    );
  }
  const [miner] = coinbase.outputs;
  if (miner === undefined || paymentForm(miner.script) === undefined) {
    return fault(`Its coinbase pays no ordinary address: ${setAddress}.`);
  }
  if (equalBytes(miner.script, poolScript)) {
    return ok("Its mining.miner_address is the pool's address.");
  }
  return mining.unknownCoinbase === "as_the_node_made_it"
    ? fault(
      "Its mining.miner_address is another transparent address, and mining.unknown_coinbase " +
        `would have blocks pay it: ${setAddress}.`,
    )
    : ok("Its mining.miner_address is another transparent address; the pool puts its own there.");
}

function ok(text: string): Finding {
  return { level: "ok", text };
}

function warning(text: string): Finding {
  return { level: "warning", text };
}

function fault(text: string): Finding {
  return { level: "fault", text };
}
