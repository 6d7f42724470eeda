/* tslint:disable */
/* eslint-disable */
export const memory: WebAssembly.Memory;
export const __wbg_checker_free: (a: number, b: number) => void;
export const checker_check: (a: number, b: number) => void;
export const checker_new: (a: number) => number;
export const checker_sharesOffset: (a: number) => number;
export const checker_verdictsOffset: (a: number) => number;
export const __wbindgen_externrefs: WebAssembly.Table;
export const __wbindgen_start: () => void;
