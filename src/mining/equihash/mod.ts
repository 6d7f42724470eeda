/** Checking and finding Equihash (200,9) solutions; the only door to the wasm packages. */
export * from "./errors.ts";
export * from "./metrics.ts";
export * from "./solver.ts";
export * from "./verifier.ts";
export { verifySolution } from "./verify_solution.ts";
export * from "./worker_verifier.ts";
export * from "./worker_verifier_options.ts";
