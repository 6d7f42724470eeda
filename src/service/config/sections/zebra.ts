import { nodeUrl } from "../address_types.ts";
import { alternative, optional, preset } from "../declaration.ts";
import { wholeNumber } from "../number_types.ts";
import { asciiText, filePath, listOf, secretText } from "../text_types.ts";
import type { ValueType } from "../value_type.ts";

/** Every node is asked for templates' state and gets every block: more than a few only cost. */
const NODES_MAX = 16;

const urls = listOf(nodeUrl, { min: 1, max: NODES_MAX });

/** One URL, read as a list of one. */
const singleUrl: ValueType<readonly string[]> = {
  kind: nodeUrl.kind,
  allowed: nodeUrl.allowed,
  fromToml: (value) => Object.freeze([nodeUrl.fromToml(value)]),
  fromText: (text) => Object.freeze([nodeUrl.fromText(text)]),
};

/** `[zebra]`: the nodes. */
export const zebra = {
  doc: "The Zebra nodes that templates come from and blocks go to.",
  keys: {
    url: alternative("zebra.urls", singleUrl, {
      equalAllowed: false,
      doc: "The RPC address of the one node. For several nodes use `urls`.",
    }),
    urls: preset(urls, ["http://127.0.0.1:8232"], {
      doc: "The RPC addresses of all nodes, the preferred one first. Blocks go to each of them.",
    }),
    failover_timeout_ms: preset(wholeNumber({ min: 500, max: 60_000 }), 5000, {
      doc: "A node that does not answer for this long is left for the next one.",
      unit: "ms",
      change: "live",
    }),
    poll_interval_ms: preset(wholeNumber({ min: 50, max: 10_000 }), 500, {
      doc: "How often the node is asked for a new template beside the long poll; work is never " +
        "older than this because of a silent long poll.",
      unit: "ms",
      change: "live",
    }),
    cookie_file: optional(filePath, "no cookie is sent", {
      doc: "The file `.cookie` in the node's `rpc.cookie_dir`; it is read again when the node " +
        "refuses the old one. The same file serves every node.",
    }),
    user: optional(asciiText({ min: 1, max: 128 }), "no user", {
      doc: "The user, for a node or a proxy that asks for fixed credentials.",
    }),
    password: optional(secretText, "no password", {
      doc: "The password that belongs to `user`.",
    }),
  },
} as const;
