/** Divides a bounded number of places: a network of clients gets as many as it leaves for others. */
export class NetworkShares {
  readonly #max: number;
  readonly #byNetwork = new Map<string, number>();
  #taken = 0;

  /** @param max places of all networks together. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Places that are taken. */
  get taken(): number {
    return this.#taken;
  }

  /** Takes a place; false where there is none for this network. */
  tryTake(network: string): boolean {
    const own = this.#byNetwork.get(network) ?? 0;
    if (own >= this.#max - this.#taken) return false;
    this.#byNetwork.set(network, own + 1);
    this.#taken++;
    return true;
  }

  /** Gives a place back that was taken. */
  giveBack(network: string): void {
    const left = (this.#byNetwork.get(network) ?? 0) - 1;
    if (left > 0) this.#byNetwork.set(network, left);
    else this.#byNetwork.delete(network);
    this.#taken--;
  }
}
