import { PoolError, visibleText } from "../../base/mod.ts";

/** One thing that is wrong with a configuration. */
export interface ConfigFault {
  /** `section.key`, `section`, or the name of the source when its text could not be read. */
  readonly path: string;
  /** Where it was given: a file's name, a variable, an option. Absent when nothing was given. */
  readonly source?: string;
  /** What was given, as text; never that of a secret. Absent for unknown keys. */
  readonly given?: string;
  /** What is allowed there. */
  readonly allowed: string;
  /** Why what was given is not allowed, where the range alone does not say it. */
  readonly reason?: string;
  /** The flag of `deno run` that is missing, where that is all that is wrong. */
  readonly missingFlag?: string;
}

/** A file may not be read. */
export class MissingPermission extends PoolError {
  /** `--allow-read=PATH` */
  readonly flag: string;

  constructor(flag: string) {
    super("missing-permission", `the permission is missing, add ${flag}`);
    this.flag = flag;
  }
}

/** A configuration cannot be used; it carries every fault, not the first one. */
export class ConfigError extends PoolError {
  readonly faults: readonly ConfigFault[];

  /** True when nothing was found wrong but permissions that are missing. */
  get isPermission(): boolean {
    return this.faults.every(({ missingFlag }) => missingFlag !== undefined);
  }

  constructor(faults: readonly ConfigFault[]) {
    const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
    super(
      "bad-config",
      `Cannot use the configuration: ${count}\n${faults.map(faultLine).join("\n")}`,
    );
    this.faults = faults;
  }
}

/** One fault in one line, whatever stands in the names and values that were given. */
export function faultLine(fault: ConfigFault): string {
  const given = fault.given === undefined ? "" : ` = ${fault.given}`;
  const source = fault.source === undefined ? "" : ` (${fault.source})`;
  const reason = fault.reason === undefined || fault.reason === "" ? "" : `${fault.reason}; `;
  return visibleText(`${fault.path}${given}${source}: ${reason}allowed: ${fault.allowed}`);
}

/** Something that the operator should know; the pool starts all the same. */
export interface ConfigWarning {
  /** The keys that it is about. */
  readonly paths: readonly string[];
  /** One sentence. */
  readonly message: string;
}
