import { ledgerSuite } from "../../../compliance/ledger_suite.ts";
import { sqlitePlace } from "../../../support/ledger_places.ts";

ledgerSuite("ledger in sqlite", sqlitePlace);
