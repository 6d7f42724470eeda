import { reasonOf } from "../../base/mod.ts";
import type { NodeClient } from "../../chain/node/mod.ts";
import type { BlockProposer, TransactionSource } from "../../mining/job_declaration/mod.ts";

type Judge = Pick<NodeClient, "proposeBlock" | "getTransaction" | "isUnspent">;

/** Asks the nodes in order of preference; the first that answers is believed. */
export function declarationNode(nodes: readonly Judge[]): BlockProposer & TransactionSource {
  return {
    propose: (block, signal) =>
      firstAnswer(nodes, (node) => node.proposeBlock(block, { signal }), signal),
    transaction: (txid, signal) =>
      firstAnswer(nodes, (node) => node.getTransaction(txid, { signal }), signal),
    isUnspent: (txid, index, signal) =>
      firstAnswer(nodes, (node) => node.isUnspent(txid, index, { signal }), signal),
  };
}

async function firstAnswer<T>(
  nodes: readonly Judge[],
  ask: (node: Judge) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const failures: string[] = [];
  for (const node of nodes) {
    try {
      return await ask(node);
    } catch (error) {
      failures.push(reasonOf(error));
      if (signal.aborted) break;
    }
  }
  throw new Error(failures.join("; "));
}
