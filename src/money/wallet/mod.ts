/** The wallet that pays: the narrow door to it, Zallet behind that door, and what it may reveal. */
export * from "./wallet_port.ts";
export { payoutMarker } from "./marker.ts";
export { allowedUnder, type PrivacyPolicy } from "./privacy.ts";
export * from "./recipient_kind.ts";
export { verifyPayment } from "./verify_payment.ts";
export { zalletClient } from "./zallet_client.ts";
export { ZalletWallet } from "./zallet_wallet.ts";
