import { type Clock, type Gauge, type Logger, reasonOf } from "../../base/mod.ts";
import type { AuditReport } from "../books/mod.ts";

/** What the audit works with. */
export interface DailyAuditModules {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Invariants that were found broken. */
  readonly faults: Gauge;
  readonly audit: (hours: number) => Promise<AuditReport>;
  /** Payments begin nothing more until an operator has decided. */
  readonly pausePayments: (reason: string) => Promise<void>;
}

/** The audit reads the whole journal: once a day, and not while everybody connects at the start. */
const AUDIT_MS = 24 * 3_600_000;
const FIRST_AUDIT_MS = 10 * 60_000;

/** Closed hours that are made again from their shares. */
const HOURS_AUDITED = 1;

/** Audits the ledger once a day. What does not hold stops the payments, not the mining. */
export class DailyAudit {
  readonly #modules: DailyAuditModules;
  #auditing: Promise<void> | undefined;
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(modules: DailyAuditModules) {
    this.#modules = modules;
  }

  run(): void {
    this.#auditIn(FIRST_AUDIT_MS);
  }

  /** Waits for the audit that is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.#auditing;
  }

  #auditIn(delayMs: number): void {
    if (this.#closed) return;
    this.#cancel = this.#modules.clock.after(delayMs, () => {
      this.#auditing = this.#audit().finally(() => this.#auditIn(AUDIT_MS));
    });
  }

  async #audit(): Promise<void> {
    const { logger, faults, audit, pausePayments } = this.#modules;
    try {
      const { invariants } = await audit(HOURS_AUDITED);
      const broken = invariants.filter(({ holds }) => !holds);
      faults.set(broken.length);
      if (broken.length === 0) return logger.log("info", "ledger_audited", "ledger audit passed");
      for (const { name, faults } of broken) {
        logger.log("error", "ledger_broken", `${name}: ${faults.join("; ")}`);
      }
      const names = broken.map(({ name }) => name).join(", ");
      await pausePayments(`the ledger audit failed: ${names}`);
    } catch (error) {
      const message = `could not complete the ledger audit: ${reasonOf(error)}`;
      logger.log("warn", "ledger_not_audited", message);
    }
  }
}
