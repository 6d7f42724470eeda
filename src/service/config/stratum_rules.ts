import { formatSocketAddress, overlap } from "./address_types.ts";
import type { Config } from "./config_type.ts";
import { type ListenerAddress, listenerAddresses } from "./listeners.ts";
import type { Rule } from "./rule.ts";
import { stratumPlaces } from "./stratum_places.ts";

/** Longer prefixes break Stratum V1 miners: some take 12 bytes, and pools send 3 to 5. */
const STRATUM_NONCE_1_LENGTH_MAX = 8;

/** What the places of Stratum V1 are made of. */
const PLACES = [
  "stratum_v1.enabled",
  "stratum_v1.listen_addr",
  "stratum_v1.start_difficulty",
  "stratum_v1.ports",
  "server.listen_addr",
];

/** Rules of Stratum V1 that concern more than one key. */
export const STRATUM_RULES: readonly Rule[] = [
  {
    keys: ["mining.nonce_1_len", "stratum_v1.enabled"],
    check({ mining, stratum_v1: stratum }) {
      if (!stratum.enabled || mining.nonce1Len <= STRATUM_NONCE_1_LENGTH_MAX) return undefined;
      return {
        given: String(mining.nonce1Len),
        reason: "Stratum V1 miners cannot use a prefix of this length",
        allowed: `at most ${STRATUM_NONCE_1_LENGTH_MAX} with stratum_v1.enabled = true`,
      };
    },
  },
  {
    keys: [
      "stratum_v1.start_difficulty",
      "mining.min_difficulty",
      "mining.max_difficulty",
      ...PLACES,
    ],
    check(config) {
      const { minDifficulty: min, maxDifficulty: max } = config.mining;
      if (min > max) return undefined;
      const wrong = stratumPlaces(config).find(({ startDifficulty: start }) =>
        start < min || start > max
      );
      return wrong && {
        given: String(wrong.startDifficulty),
        allowed: `from mining.min_difficulty ${min} to mining.max_difficulty ${max}`,
      };
    },
  },
  {
    keys: ["stratum_v1.listen_addr", "security.require_noise", ...PLACES],
    check(config) {
      if (!config.security.requireNoise) return undefined;
      const shared = stratumPlaces(config).find(({ isShared }) => isShared);
      return shared && {
        given: JSON.stringify(formatSocketAddress(shared.listenAddr)),
        reason: "security.require_noise refuses Stratum V1 on the port of server.listen_addr",
        allowed: "another address, or security.require_noise = false",
      };
    },
  },
  {
    keys: [
      "stratum_v1.listen_addr",
      "metrics.listen_addr",
      "settlement.listen_addr",
      ...PLACES,
    ],
    check(config) {
      for (const { listenAddr, key } of stratumPlaces(config)) {
        const other = taken(config, key).find(({ address }) => overlap(address, listenAddr));
        if (other === undefined) continue;
        return {
          given: JSON.stringify(formatSocketAddress(listenAddr)),
          allowed: `another port than that of ${other.key}, ${formatSocketAddress(other.address)}`,
        };
      }
      return undefined;
    },
  },
];

/** Addresses that a place of Stratum V1 must leave free; its own, and one that it shares, it may have. */
function taken(config: Config, own: string): readonly ListenerAddress[] {
  const shares = stratumPlaces(config).some(({ key, isShared }) => key === own && isShared);
  return listenerAddresses(config).filter(({ key }) =>
    key !== own && !(shares && key === "server.listen_addr")
  );
}
