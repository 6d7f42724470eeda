/** What peers do wrong, and who is turned away for it: faults, bans, and what the ledger keeps of them. */
export { type Ban, type BanKey, banKeyOf, type KeptBan } from "./ban.ts";
export { BanStore } from "./ban_store.ts";
export * from "./peer_conduct.ts";
export { SharedBans } from "./shared_bans.ts";
