import { changesTerms, type Epoch, type Scheme, SCHEMES } from "../../ledger/mod.ts";
import { StorageError } from "../errors.ts";
import type { SqlSession } from "../sql/sql_database.ts";

/** An epoch with the number under which the ledger refers to it. */
export interface StoredEpoch extends Epoch {
  readonly number: bigint;
  /** Shares up to this row id were accepted under the epoch before. */
  readonly afterShare: bigint;
}

/** More changes of terms than a pool makes in its life; read as a whole. */
const EPOCHS_MAX = 10_000;

/** All epochs in the order of their beginning. */
export async function allEpochs(tx: SqlSession): Promise<StoredEpoch[]> {
  const rows = await tx.query(
    `SELECT id, from_ms, scheme, fee_ppm, pplns_window, after_share FROM epoch ORDER BY from_ms
     LIMIT ${EPOCHS_MAX}`,
  );
  return rows.map((row) => ({
    number: row.id as bigint,
    fromMs: Number(row.from_ms),
    scheme: schemeOf(row.scheme as string),
    feePpm: Number(row.fee_ppm),
    pplnsWindow: Number(row.pplns_window),
    afterShare: row.after_share as bigint,
  }));
}

/**
 * Records from when on these terms hold; nothing when they hold already.
 *
 * @returns the epoch that holds now. It never begins before the last one did, also when the
 * machine's clock was set back.
 */
export async function beginEpoch(
  tx: SqlSession,
  terms: Omit<Epoch, "fromMs">,
  atMs: number,
): Promise<StoredEpoch> {
  const last = (await allEpochs(tx)).at(-1);
  if (last !== undefined && !changesTerms(last, terms)) return last;
  const fromMs = last === undefined ? atMs : Math.max(atMs, last.fromMs + 1);
  const [row] = await tx.query(
    `INSERT INTO epoch (from_ms, scheme, fee_ppm, pplns_window, after_share)
     VALUES ($1, $2, $3, $4, coalesce((SELECT max(id) FROM share), 0)) RETURNING id, after_share`,
    [fromMs, terms.scheme, terms.feePpm, terms.pplnsWindow],
  );
  const { scheme, feePpm, pplnsWindow } = terms;
  return {
    number: row?.id as bigint,
    fromMs,
    scheme,
    feePpm,
    pplnsWindow,
    afterShare: row?.after_share as bigint,
  };
}

/**
 * Where the shares begin that an epoch's blocks may be divided by: with the first of the epochs in
 * a row that have its scheme. What was accepted under another scheme was paid by that one.
 */
export function firstShareAfter(epochs: readonly StoredEpoch[], epoch: StoredEpoch): bigint {
  let first = epoch;
  for (const earlier of epochs.filter(({ fromMs }) => fromMs < epoch.fromMs).reverse()) {
    if (earlier.scheme !== epoch.scheme) break;
    first = earlier;
  }
  return first.afterShare;
}

function schemeOf(name: string): Scheme {
  const scheme = SCHEMES.find((known) => known === name);
  if (scheme !== undefined) return scheme;
  throw new StorageError("corrupt", `Cannot read the epochs: there is no scheme ${name}`);
}
