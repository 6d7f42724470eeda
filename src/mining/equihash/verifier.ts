/** Who asks for a check: networks of clients take turns, and in each of these its connections. */
export interface ShareSource {
  /** Whom it shares its turns with. */
  readonly network: string;
  /** Differs among the connections of the process. */
  readonly id: number;
}

/** One share to be checked. */
export interface VerifyRequest {
  /**
   * 1,487 bytes: the block header without solution (140), the compact size `fd4005`, the solution
   * (1,344). Read until the answer is there, so it must not change meanwhile.
   */
  readonly header: Uint8Array;
  readonly source: ShareSource;
  /** A share that would be a block: it goes before all others and is never refused. */
  readonly urgent: boolean;
}

/** Checks Equihash solutions somewhere, in worker threads or on the spot. */
export interface EquihashVerifier {
  /**
   * @returns the verdict to come, or undefined when the queue is full for this source (never for
   * an urgent request). The promise is rejected only with {@link VerifierClosedError}, or with
   * {@link VerifierOverloadedError} when the queue has become full of sources with fewer requests.
   */
  verify(request: VerifyRequest): Promise<boolean> | undefined;
  /** Requests that have no worker yet. */
  readonly waiting: number;
  /** Takes no more requests, answers those it has within a bound, and ends its threads. */
  close(): Promise<void>;
}
