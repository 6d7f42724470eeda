import { preset } from "../declaration.ts";
import { DIFFICULTY_RANGE } from "../difficulty_range.ts";
import { decimalNumber, wholeNumber } from "../number_types.ts";
import { asciiText, choice } from "../text_types.ts";

/**
 * A coinbase scriptSig has room for 100 bytes (Zcash protocol, section 7.1.2). The height takes
 * at most 5, the push of the 8 process bytes 9, the push of the tag 1 more than its length: with
 * 64 there are 21 bytes left for what the rules of a later upgrade may want.
 */
const TAG_LENGTH_MAX = 64;

/** `[mining]`: work and its difficulty. */
export const mining = {
  doc: "Work and its difficulty. Difficulty 1 is a target of 2^243-1, 8,192 solutions.",
  keys: {
    network: preset(choice(["auto", "main", "test", "regtest"]), "auto", {
      doc:
        "The Zcash network. `auto` takes that of the pool's address. Work of a node on another " +
        "network is refused; test networks, Regtest among them, cannot be told apart.",
    }),
    initial_difficulty: preset(decimalNumber(DIFFICULTY_RANGE), 1.0, {
      doc: "Starting difficulty for a worker that reports no hash rate and has no history.",
      change: "live",
    }),
    min_difficulty: preset(decimalNumber(DIFFICULTY_RANGE), 0.001, {
      doc: "No share target is easier.",
      change: "live",
    }),
    max_difficulty: preset(decimalNumber(DIFFICULTY_RANGE), 1000000.0, {
      doc: "No share target is harder. None is harder than the network's either.",
      change: "live",
    }),
    target_shares_per_minute: preset(decimalNumber({ min: 0.1, max: 600 }), 5.0, {
      doc: "How many shares a worker should send; its difficulty follows from that.",
      unit: "shares per minute",
      change: "live",
    }),
    nonce_1_len: preset(wholeNumber({ min: 1, max: 16 }), 4, {
      doc: "Length of the nonce's first part, which the pool gives each channel. " +
        "256^nonce_1_len must be at least four times max_connections.",
      unit: "bytes",
    }),
    validation_threads: preset(wholeNumber({ min: 1, max: 64 }), 4, {
      doc: "Workers that check Equihash solutions.",
      unit: "threads",
    }),
    tag: preset(asciiText({ min: 1, max: TAG_LENGTH_MAX }), "zcash-pool", {
      doc: "Text in the coinbase of the pool's blocks, by which everyone can tell them.",
    }),
    unknown_coinbase: preset(choice(["refuse", "as_the_node_made_it"]), "refuse", {
      doc: "What is done with a node's coinbase of a form that is not known here, as a later " +
        "network upgrade may bring. `as_the_node_made_it` mines it unchanged and unchecked: it " +
        "pays the node's mining.miner_address, which must be the pool's address, and nothing is " +
        "credited from its value.",
    }),
    job_refresh_secs: preset(wholeNumber({ min: 5, max: 600 }), 30, {
      doc: "How often at most a job with the same parent block is replaced, for new " +
        "transactions and a newer time.",
      unit: "seconds",
      change: "live",
    }),
    job_max_age_secs: preset(wholeNumber({ min: 30, max: 3600 }), 120, {
      doc: "Without a usable node for this long the jobs are withdrawn and the miners' " +
        "connections closed, so that they go to their other pools.",
      unit: "seconds",
      change: "live",
    }),
  },
} as const;
