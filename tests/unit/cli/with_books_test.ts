import assert from "node:assert/strict";
import { requireBookPermissions } from "../../../src/cli/with_books.ts";
import { neededPermissions, parseConfig } from "../../../src/service/config/mod.ts";

const POOL = '[payout]\npool_address = "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs"\n';
const needed = (rest: string) => neededPermissions(parseConfig(POOL + rest));

Deno.test({
  name: "reports of a ledger on a server need no folder, those of a file need its own",
  permissions: { read: false, write: false, net: true, env: ["PGAPPNAME"] },
  fn() {
    requireBookPermissions(
      needed('[server]\ndata_dir = "elsewhere"\n[database]\nurl = "postgres://a@127.0.0.1/b"\n'),
    );
    assert.throws(
      () => requireBookPermissions(needed('[server]\ndata_dir = "elsewhere"\n')),
      /--allow-read=elsewhere --allow-write=elsewhere/,
    );
    assert.throws(
      () =>
        requireBookPermissions(
          needed('[server]\ndata_dir = "elsewhere"\n[database]\npath = "/some/file.sqlite"\n'),
        ),
      (error: Error) =>
        /--allow-write=\/some\/file\.sqlite/.test(error.message) &&
        !error.message.includes("elsewhere"),
    );
  },
});
