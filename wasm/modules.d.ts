/** The compiled solver. */
export const solverModule: WebAssembly.Module;
/** The compiled verifier. */
export const verifierModule: WebAssembly.Module;
