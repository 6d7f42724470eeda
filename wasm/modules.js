// @ts-self-types="./modules.d.ts"
// In JavaScript because TypeScript cannot read source phase imports yet. They give the compiled
// module without any permission, which reading the file would need.
import source solverModule from "./pkg/equihash_solver_bg.wasm";
import source verifierModule from "./pkg/equihash_verifier_bg.wasm";

export { solverModule, verifierModule };
