import { coinbaseSuite } from "../../../compliance/coinbase_suite.ts";
import { earningsSuite } from "../../../compliance/earnings_suite.ts";
import { ledgerSuite } from "../../../compliance/ledger_suite.ts";
import { moneySuite } from "../../../compliance/money_suite.ts";
import { windowSuite } from "../../../compliance/window_suite.ts";
import { sqlitePlace } from "../../../support/ledger_places.ts";

const test = ledgerSuite("ledger in sqlite", sqlitePlace);
moneySuite(test);
earningsSuite(test);
coinbaseSuite(test);
windowSuite(test);
