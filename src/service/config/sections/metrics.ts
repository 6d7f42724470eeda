import { socketAddress } from "../address_types.ts";
import { preset } from "../declaration.ts";
import { flag } from "../number_types.ts";

/** `[metrics]`: the HTTP port for Prometheus. */
export const metrics = {
  doc: "The HTTP port for Prometheus and health checks.",
  keys: {
    enabled: preset(flag, true, {
      doc: "Serve `/metrics` and `/health`.",
    }),
    listen_addr: preset(socketAddress, "127.0.0.1:9090", {
      doc: "Where they are served. Port 0 takes a free one.",
    }),
  },
} as const;
