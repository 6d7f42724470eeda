import { socketAddress } from "../address_types.ts";
import { optional, preset } from "../declaration.ts";
import { secretText } from "../text_types.ts";

/** `[settlement]`: the interface that `payout.wallet = "external"` serves. */
export const settlement = {
  doc: 'The HTTP interface of an external payer; used with `payout.wallet = "external"` only.',
  keys: {
    listen_addr: preset(socketAddress, "127.0.0.1:9091", {
      doc: "Where it is served. There is no TLS: keep it on loopback or a private network.",
    }),
    token: optional(secretText, 'none: payout.wallet must not be "external"', {
      doc: "The bearer token that the payer sends. At least 16 characters.",
    }),
  },
} as const;
