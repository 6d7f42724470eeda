/** Work made of the node's templates, and which of it is alive; see the files. */
export { measureBlock, outerSigops } from "./_block_limits.ts";
export * from "./coinbase_split.ts";
export * from "./job_book.ts";
export * from "./job_factory.ts";
export * from "./job_source.ts";
export * from "./job_template.ts";
