import { reasonOf } from "../../base/mod.ts";
import { PAYOUT_RULES } from "./payout_rules.ts";
import { parseAddress } from "../../chain/zcash/mod.ts";
import { formatSocketAddress, overlap } from "./address_types.ts";
import { STRATUM_RULES } from "./stratum_rules.ts";
import type { Rule } from "./rule.ts";

/** How many channels a connection's share of the nonce space must serve at least. */
const PREFIXES_PER_CONNECTION = 4n;

/** Every rule that concerns more than one key. */
export const RULES: readonly Rule[] = [
  {
    keys: ["security.require_noise", "security.noise_enabled"],
    check({ security }) {
      if (!security.requireNoise || security.noiseEnabled) return undefined;
      return { given: "true", allowed: "true only with security.noise_enabled = true" };
    },
  },
  {
    keys: ["security.noise_private_key", "security.noise_enabled"],
    check({ security }) {
      if (!security.noiseEnabled || security.noisePrivateKey !== undefined) return undefined;
      return {
        reason: "missing although security.noise_enabled = true",
        allowed: "a secret key; keygen makes one",
      };
    },
  },
  {
    keys: ["server.proxy_protocol", "server.trusted_proxies"],
    check({ server }) {
      if (!server.proxyProtocol || server.trustedProxies.length > 0) return undefined;
      return {
        given: "true",
        reason: "no balancer is trusted to say whose connections they are",
        allowed: "true only with the balancers' addresses in server.trusted_proxies",
      };
    },
  },
  {
    keys: ["dedup.redis_url", "dedup.enabled"],
    check({ dedup }) {
      if (!dedup.enabled || dedup.redisUrl !== undefined) return undefined;
      return {
        reason: "missing although dedup.enabled = true",
        allowed: 'the URL of a Redis server, like "redis://host:6379"',
      };
    },
  },
  {
    keys: ["mining.min_difficulty", "mining.max_difficulty"],
    check({ mining }) {
      if (mining.minDifficulty <= mining.maxDifficulty) return undefined;
      return {
        given: String(mining.minDifficulty),
        allowed: `at most mining.max_difficulty, which is ${mining.maxDifficulty}`,
      };
    },
  },
  {
    keys: ["mining.initial_difficulty", "mining.min_difficulty", "mining.max_difficulty"],
    check({ mining }) {
      const { initialDifficulty: initial, minDifficulty: min, maxDifficulty: max } = mining;
      // With min above max there is no right answer; the rule before this one has said so.
      if (min > max || (initial >= min && initial <= max)) return undefined;
      return {
        given: String(initial),
        allowed: `from mining.min_difficulty ${min} to mining.max_difficulty ${max}`,
      };
    },
  },
  {
    keys: ["mining.nonce_1_len", "server.max_connections"],
    check({ mining, server }) {
      const needed = PREFIXES_PER_CONNECTION * BigInt(server.maxConnections);
      if (256n ** BigInt(mining.nonce1Len) >= needed) return undefined;
      return {
        given: String(mining.nonce1Len),
        allowed: "a length with 256^nonce_1_len of at least 4 x max_connections, " +
          `which is ${needed}`,
      };
    },
  },
  {
    keys: ["mining.job_max_age_secs", "mining.job_refresh_secs"],
    check({ mining }) {
      if (mining.jobMaxAgeSecs > mining.jobRefreshSecs) return undefined;
      return {
        given: String(mining.jobMaxAgeSecs),
        allowed: `more than mining.job_refresh_secs, which is ${mining.jobRefreshSecs}`,
      };
    },
  },
  {
    // Where two nodes have to agree, one of them would be asked twice.
    keys: ["zebra.urls"],
    check({ zebra }) {
      const hrefs = zebra.urls.map((url) => new URL(url).href);
      const at = hrefs.findIndex((href, index) => hrefs.indexOf(href) !== index);
      if (at < 0) return undefined;
      return {
        given: JSON.stringify(zebra.urls[at]),
        reason: "the same node stands there twice",
        allowed: "each node once",
      };
    },
  },
  {
    keys: ["zebra.cookie_file", "zebra.user", "zebra.password"],
    check({ zebra }) {
      if (zebra.cookieFile === undefined) return undefined;
      if (zebra.user === undefined && zebra.password === undefined) return undefined;
      return {
        given: JSON.stringify(zebra.cookieFile),
        reason: "given together with zebra.user or zebra.password",
        allowed: "the cookie file, or user and password",
      };
    },
  },
  {
    keys: ["zebra.password", "zebra.user"],
    check({ zebra }) {
      if ((zebra.user === undefined) === (zebra.password === undefined)) return undefined;
      return {
        reason: "one of zebra.user and zebra.password is missing",
        allowed: "both or neither",
      };
    },
  },
  {
    keys: ["metrics.listen_addr", "metrics.enabled", "server.listen_addr"],
    check({ metrics, server }) {
      const miners = server.listenAddr;
      if (!metrics.enabled || !overlap(miners, metrics.listenAddr)) return undefined;
      return {
        given: JSON.stringify(formatSocketAddress(metrics.listenAddr)),
        allowed: `another port than that of server.listen_addr, ${formatSocketAddress(miners)}`,
      };
    },
  },
  {
    keys: [
      "server.jd_listen_addr",
      "jd.enabled",
      "server.listen_addr",
      "metrics.listen_addr",
      "metrics.enabled",
    ],
    check({ jd, metrics, server }) {
      if (!jd.enabled) return undefined;
      const taken = [
        { key: "server.listen_addr", address: server.listenAddr },
        ...metrics.enabled ? [{ key: "metrics.listen_addr", address: metrics.listenAddr }] : [],
      ].find(({ address }) => overlap(server.jdListenAddr, address));
      return taken && {
        given: JSON.stringify(formatSocketAddress(server.jdListenAddr)),
        allowed: `another port than that of ${taken.key}, ` +
          `${formatSocketAddress(taken.address)}, or jd.enabled = false`,
      };
    },
  },
  {
    keys: ["payout.pool_address", "mining.network"],
    check({ payout, mining }) {
      try {
        const network = mining.network === "auto" ? undefined : mining.network;
        const { kind } = parseAddress(payout.poolAddress, network);
        if (kind !== "tex") return undefined;
        return {
          given: JSON.stringify(payout.poolAddress),
          reason: "a TEX address takes payments from transparent funds alone (ZIP 320), which a " +
            "block's reward is not",
          allowed: "a transparent, Sapling or unified address",
        };
      } catch (thrown) {
        return {
          given: JSON.stringify(payout.poolAddress),
          reason: reasonOf(thrown),
          allowed: "a Zcash address of the pool's network",
        };
      }
    },
  },
  ...STRATUM_RULES,
  ...PAYOUT_RULES,
];
