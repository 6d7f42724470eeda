/**
 * Advisory locks, which end with their transaction. The numbers only have to differ from each other
 * and from what another program in the same database might use ("ZPOL" and a count).
 */
export const LOCKS = {
  /** Held by a process that changes the schema. */
  schema: 0x5a504f4c_0001n,
  /** The one transaction that moves money. */
  money: 0x5a504f4c_0002n,
  /**
   * Shared by all who write shares; held alone by one who asks how far they have come. Row ids are
   * given before the commit: only when nobody is writing is it certain that every share up to an id
   * can be seen.
   */
  shares: 0x5a504f4c_0003n,
} as const;
