import { reasonOf } from "../../base/mod.ts";
import type { NodeClient } from "../../chain/node/mod.ts";
import type { BlockProposer } from "../../mining/job_declaration/mod.ts";

/** Asks the nodes in order of preference; the first that answers is believed. */
export function nodeProposer(nodes: readonly Pick<NodeClient, "proposeBlock">[]): BlockProposer {
  return {
    async propose(block, signal) {
      const failures: string[] = [];
      for (const node of nodes) {
        try {
          return await node.proposeBlock(block, { signal });
        } catch (error) {
          failures.push(reasonOf(error));
          if (signal.aborted) break;
        }
      }
      throw new Error(failures.join("; "));
    },
  };
}
