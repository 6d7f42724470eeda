/** Lies about templates that hold together, and blocks with one thing wrong. */
import { displayHash, hashFromDisplay } from "../../src/base/mod.ts";
import { hashBlockCommitments, merkleRoot, parseTransaction } from "../../src/chain/zcash/mod.ts";
import type { ProxiedCall, Tampering } from "../support/node_proxy.ts";

/** The parts of a template that are lied about. */
interface TemplateAnswer {
  readonly longpollid: string;
  readonly coinbasetxn: { readonly data: string; readonly hash: string };
  readonly transactions: readonly { readonly hash: string }[];
  readonly defaultroots: Readonly<Record<string, string>>;
}

/** Flips the lowest bit of one byte of every block that is handed in. */
export function flippedBit(offset: number): Tampering {
  const flip = (hex: string): string => {
    const byte = Number.parseInt(hex.slice(2 * offset, 2 * offset + 2), 16) ^ 1;
    return hex.slice(0, 2 * offset) + byte.toString(16).padStart(2, "0") +
      hex.slice(2 * offset + 2);
  };
  return {
    params({ method, params }) {
      if (method === "submitblock") return [flip(String(params[0]))];
      const [first] = params as [{ mode?: string; data?: string }?];
      return first?.mode === "proposal" ? [{ ...first, data: flip(first.data ?? "") }] : params;
    },
  };
}

/** Templates whose coinbase pays so much more than it may, with ids and roots to match. */
export function wrongValue(
  tooMuchZat: bigint,
  options: { readonly subsidyToo: boolean },
): Tampering {
  return {
    result(call, result) {
      if (call.method === "getblocksubsidy" && options.subsidyToo) {
        const subsidy = result as { miner: number };
        return { ...subsidy, miner: subsidy.miner + Number(tooMuchZat) / 1e8 };
      }
      return isTemplate(call) ? withValue(result as TemplateAnswer, tooMuchZat) : result;
    },
  };
}

/** Templates on another history than the chain's, with a commitment to match. */
export function wrongHistory(): Tampering {
  return {
    result(call, result) {
      if (!isTemplate(call)) return result;
      const template = result as TemplateAnswer;
      const { defaultroots } = template;
      const chainhistoryroot = "77".repeat(32);
      const commitment = displayHash(hashBlockCommitments(
        hashFromDisplay(chainhistoryroot),
        hashFromDisplay(defaultroots["authdataroot"] ?? ""),
      ));
      return {
        ...template,
        blockcommitmentshash: commitment,
        lightclientroothash: commitment,
        finalsaplingroothash: commitment,
        defaultroots: { ...defaultroots, chainhistoryroot, blockcommitmentshash: commitment },
      };
    },
  };
}

function isTemplate({ method, params }: ProxiedCall): boolean {
  const [first] = params as [{ mode?: string }?];
  return method === "getblocktemplate" && first?.mode !== "proposal";
}

function withValue(template: TemplateAnswer, tooMuchZat: bigint): TemplateAnswer {
  const bytes = Uint8Array.fromHex(template.coinbasetxn.data);
  const { outputs } = parseTransaction(bytes);
  const [miner] = outputs;
  if (miner === undefined) throw new Error("the coinbase has no output");
  const old = new Uint8Array(8);
  new DataView(old.buffer).setBigUint64(0, miner.valueZat, true);
  const at = template.coinbasetxn.data.indexOf(old.toHex()) / 2;
  new DataView(bytes.buffer).setBigUint64(at, miner.valueZat + tooMuchZat, true);
  const { txid } = parseTransaction(bytes);
  const txids = [txid, ...template.transactions.map(({ hash }) => hashFromDisplay(hash))];
  return {
    ...template,
    coinbasetxn: { ...template.coinbasetxn, data: bytes.toHex(), hash: displayHash(txid) },
    defaultroots: { ...template.defaultroots, merkleroot: displayHash(merkleRoot(txids)) },
  };
}
