/** Reads a file of the standards' and the node's own data; its README says where each is from. */
export function readVectors<T>(name: string): T {
  const url = new URL(`../data/zcash/${name}.json`, import.meta.url);
  return JSON.parse(Deno.readTextFileSync(url)) as T;
}

/** One entry of `blocks.json`; display order unless the key ends in `_internal`. */
export interface BlockVector {
  readonly network: "mainnet" | "testnet" | "regtest";
  readonly height: number;
  readonly hash: string;
  readonly header_version: number;
  readonly time: number;
  readonly bits: string;
  readonly target: string;
  readonly merkle_root_internal: string;
  readonly commitment_internal: string;
  readonly coinbase_version: number;
  readonly coinbase_script_sig: string;
  readonly txids: readonly string[];
  readonly auth_digests: readonly string[];
  readonly auth_data_root_internal: string;
  readonly hex: string;
}

/** One entry of `zip244_v5.json` or of `coinbase_digests.json`. */
export interface TransactionVector {
  readonly name?: string;
  readonly index?: number;
  readonly version: number;
  readonly branch_id: string;
  readonly txid_internal: string;
  readonly auth_digest_internal: string;
  readonly parts?: Readonly<Record<string, string>>;
  readonly tx: string;
}

/** A block as `zebra_7.0.0.json` has it. */
export interface RecordedBlock {
  readonly height: number;
  readonly hash: string;
  readonly hex: string;
}

/** What zebrad 7.0.0 answered. */
export interface RecordedNode {
  readonly templates: readonly { readonly node: string; readonly result: TemplateAnswer }[];
  readonly pow_testnet_nu7_blocks: readonly RecordedBlock[];
  readonly regtest_nu7_blocks: readonly RecordedBlock[];
}

/** A transaction in an answer of getblocktemplate. */
export interface TemplateTransactionAnswer {
  readonly data: string;
  readonly hash: string;
  readonly authdigest: string;
  readonly fee: number;
  readonly sigops: number;
}

/** An answer of getblocktemplate, as far as tests look into it. */
export interface TemplateAnswer {
  readonly version: number;
  readonly previousblockhash: string;
  readonly blockcommitmentshash: string;
  readonly defaultroots: {
    readonly merkleroot: string;
    readonly chainhistoryroot: string;
    readonly authdataroot: string;
    readonly blockcommitmentshash: string;
  };
  readonly transactions: readonly TemplateTransactionAnswer[];
  readonly coinbasetxn: TemplateTransactionAnswer;
  readonly longpollid: string;
  readonly target: string;
  readonly bits: string;
  readonly mintime: number;
  readonly curtime: number;
  readonly maxtime: number;
  readonly height: number;
}

/** All recorded templates, old and new, each with a name. */
export function recordedTemplates(): { name: string; answer: TemplateAnswer }[] {
  const samples = readVectors<{ samples: { name: string; result: unknown }[] }>("zebra_rpc_samples")
    .samples
    .filter(({ result }) => typeof result === "object" && result !== null)
    .filter(({ result }) => "coinbasetxn" in (result as object))
    .map(({ name, result }) => ({ name, answer: result as TemplateAnswer }));
  const recorded = readVectors<RecordedNode>("zebra_7.0.0").templates
    .map(({ node, result }) => ({ name: node, answer: result }));
  return [...samples, ...recorded];
}
