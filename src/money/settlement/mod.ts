/** Payouts that a payer outside of the pool makes: what it is owed to hand over, and its interface. */
export { type SettlementApiOptions, startSettlementApi } from "./settlement_api.ts";
export { EXTERNAL_WALLET, SettlementHandler } from "./settlement_handler.ts";
