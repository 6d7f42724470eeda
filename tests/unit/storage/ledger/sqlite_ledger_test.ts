import { ledgerSuite } from "../../../compliance/ledger_suite.ts";
import { moneySuite } from "../../../compliance/money_suite.ts";
import { sqlitePlace } from "../../../support/ledger_places.ts";

moneySuite(ledgerSuite("ledger in sqlite", sqlitePlace));
