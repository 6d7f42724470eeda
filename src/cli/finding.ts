/** One thing that a check found. */
export interface Finding {
  /** "fault": it cannot work like this. */
  readonly level: "ok" | "warning" | "fault";
  /** A sentence; of a warning or a fault also what to do. */
  readonly text: string;
}
