/* tslint:disable */
/* eslint-disable */

/**
 * Input and output buffers of one thread.
 */
export class Checker {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Checks the first `count` shares and writes 1 (valid) or 0 for each; more than the capacity
     * are not looked at.
     */
    check(count: number): void;
    /**
     * Makes room for `capacity` shares of 1,487 bytes and as many verdicts of one byte.
     */
    constructor(capacity: number);
    /**
     * Where in the module's memory the first share is to be written.
     */
    sharesOffset(): number;
    /**
     * Where in the module's memory the first verdict stands after a check.
     */
    verdictsOffset(): number;
}

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
    readonly __wbg_checker_free: (a: number, b: number) => void;
    readonly checker_check: (a: number, b: number) => void;
    readonly checker_new: (a: number) => number;
    readonly checker_sharesOffset: (a: number) => number;
    readonly checker_verdictsOffset: (a: number) => number;
    readonly __wbindgen_externrefs: WebAssembly.Table;
    readonly __wbindgen_start: () => void;
}

export type SyncInitInput = BufferSource | WebAssembly.Module;

/**
 * Instantiates the given `module`, which can either be bytes or
 * a precompiled `WebAssembly.Module`.
 *
 * @param {{ module: SyncInitInput }} module - Passing `SyncInitInput` directly is deprecated.
 *
 * @returns {InitOutput}
 */
export function initSync(module: { module: SyncInitInput } | SyncInitInput): InitOutput;

/**
 * If `module_or_path` is {RequestInfo} or {URL}, makes a request and
 * for everything else, calls `WebAssembly.instantiate` directly.
 *
 * @param {{ module_or_path: InitInput | Promise<InitInput> }} module_or_path - Passing `InitInput` directly is deprecated.
 *
 * @returns {Promise<InitOutput>}
 */
export default function __wbg_init (module_or_path?: { module_or_path: InitInput | Promise<InitInput> } | InitInput | Promise<InitInput>): Promise<InitOutput>;
