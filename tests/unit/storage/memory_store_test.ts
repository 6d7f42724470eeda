import { openStore } from "../../../src/storage/mod.ts";
import { storeSuite } from "../../compliance/store_suite.ts";

storeSuite("memory store", (clock) => ({
  lasting: false,
  open: () => openStore({ kind: "memory" }, { clock }),
  async [Symbol.asyncDispose]() {},
}));
