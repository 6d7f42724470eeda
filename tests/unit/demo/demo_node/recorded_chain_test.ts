import assert from "node:assert/strict";
import { displayHash, hexToBytes } from "../../../../src/base/mod.ts";
import { parseBlock } from "../../../../src/demo/demo_node/_block.ts";
import { templateToJson } from "../../../../src/demo/demo_node/_template.ts";
import {
  addRecorded,
  type ChainName,
  recordedBlocks,
  recordedCalls,
  recordedNode,
  recordedTemplate,
} from "./_recorded.ts";

const CHAINS: readonly ChainName[] = ["pow_testnet_nu7", "regtest_nu7"];

for (const name of CHAINS) {
  Deno.test(`every block of the real node's chain ${name} passes every check of ours`, () => {
    const { core, clock } = recordedNode(name);
    addRecorded(core, name, clock.now());
    assert.equal(displayHash(core.chain.tip.hash), recordedBlocks(name).at(-1)?.hash);
    core.close();
  });

  Deno.test(`our template on top of ${name} is the real node's, field for field`, () => {
    const { core, clock } = recordedNode(name);
    addRecorded(core, name, clock.now());
    core.board?.rebuild();
    assert(core.board !== undefined);
    assert.deepEqual(templateToJson(core.board.current), recordedTemplate(name));
    core.close();
  });
}

Deno.test("a flipped bit anywhere in a real block has it refused", () => {
  const name = "pow_testnet_nu7";
  const { core, clock } = recordedNode(name);
  const [, second] = recordedBlocks(name);
  assert(second !== undefined);
  const whole = hexToBytes(second.hex);
  // One place in each field of the header, in the solution, and in each part of the coinbase.
  for (const place of [0, 4, 36, 68, 100, 104, 108, 139, 143, 1486, 1492, 1500, 1550, 1580]) {
    const bytes = whole.slice();
    bytes[place] = (bytes[place] ?? 0) ^ 0x10;
    let kind: string;
    try {
      kind = core.chain.add(parseBlock(bytes), { nowMs: clock.now(), proofOfWork: true }).kind;
    } catch {
      kind = "unreadable";
    }
    assert(kind === "refused" || kind === "unreadable", `byte ${place}: ${kind}`);
  }
  assert.equal(core.chain.tip.height, 0);
  core.close();
});

/** Where our answers differ on purpose: the demo node has no peers, no clock of estimates, no disk. */
const DIFFERENT: Readonly<Record<string, readonly string[]>> = {
  getblockchaininfo: ["verificationprogress", "estimatedheight"],
  getinfo: ["build", "subversion", "connections", "errors", "errorstimestamp"],
  getnetworkinfo: ["subversion", "connections"],
};
/** Calls whose answer lies wholly in what differs. */
const SKIPPED = new Set(["getpeerinfo"]);

for (const name of CHAINS) {
  Deno.test(`calls on ${name} are answered as the real node answered them`, async () => {
    const { core, clock } = recordedNode(name);
    addRecorded(core, name, clock.now());
    let compared = 0;
    for (const { node, method, params = [], note, body } of recordedCalls()) {
      if (node !== name || note !== undefined || SKIPPED.has(method)) continue;
      const answer = await ask(core.methods[method], params);
      const hidden = DIFFERENT[method] ?? [];
      const recordedBody = { ...body, jsonrpc: undefined, id: undefined };
      assert.deepEqual(
        without(answer, hidden),
        without(JSON.parse(JSON.stringify(recordedBody)), hidden),
        `${method} ${JSON.stringify(params)}`,
      );
      compared += 1;
    }
    assert(compared > 5, `only ${compared} calls were compared`);
    core.close();
  });
}

async function ask(
  method: ((params: unknown[], signal: AbortSignal) => unknown) | undefined,
  params: unknown[],
): Promise<unknown> {
  if (method === undefined) return { error: { code: -32601, message: "Method not found" } };
  try {
    return { result: await method(params, new AbortController().signal) };
  } catch (error) {
    const { rpcCode, message, data } = error as {
      rpcCode: number;
      message: string;
      data: string | undefined;
    };
    return { error: { code: rpcCode, message, ...(data === undefined ? {} : { data }) } };
  }
}

function without(answer: unknown, keys: readonly string[]): unknown {
  const { result } = answer as { result?: Record<string, unknown> };
  if (keys.length === 0 || result === undefined) return answer;
  return { result: Object.fromEntries(Object.entries(result).filter(([k]) => !keys.includes(k))) };
}
