/** What crosses between the verifiers' threads. */

/** Sent once, first. */
export interface StartMessage {
  readonly kind: "start";
  readonly module: WebAssembly.Module;
  /** Most shares that a batch will have. */
  readonly batchLimit: number;
}

/** Shares to be checked: `count` times 1,487 bytes, transferred. */
export interface BatchMessage {
  readonly kind: "batch";
  readonly serial: number;
  readonly shares: ArrayBuffer;
  readonly count: number;
}

/** Everything a verifier's worker is sent. */
export type ToWorker = StartMessage | BatchMessage;

/** The verdicts of one batch. Times are milliseconds since 1970, comparable between threads. */
export interface VerdictMessage {
  readonly serial: number;
  /** One byte per share: 1 is valid. */
  readonly verdicts: Uint8Array;
  readonly begunAt: number;
  readonly endedAt: number;
}
