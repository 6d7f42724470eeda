import type { Conduct, PeerFault, PeerLimit } from "../../src/base/mod.ts";

/** Writes down what it hears and turns away those that a test names. */
export class RecordedConduct implements Conduct {
  readonly faults: PeerFault[];
  readonly limits: PeerLimit[] = [];
  /** Addresses, or `address identity`. */
  readonly banned = new Set<string>();
  credits = 0;

  constructor(faults: PeerFault[] = []) {
    this.faults = faults;
  }

  fault({ connection: _, ...fault }: PeerFault): void {
    this.faults.push(fault);
  }

  limited(limit: PeerLimit): void {
    this.limits.push(limit);
  }

  credited(): void {
    this.credits++;
  }

  isBanned(address: string, identity?: string): boolean {
    return this.banned.has(identity === undefined ? address : `${address} ${identity}`);
  }
}
