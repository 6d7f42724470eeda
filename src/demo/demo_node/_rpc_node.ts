/**
 * The calls about the node itself and about addresses.
 *
 * @module
 */
import { readTransparentAddress } from "./_address.ts";
import type { Chain } from "./_chain.ts";
import { textParam } from "./_params.ts";
import type { RpcMethods } from "./_rpc.ts";
import { nextDifficulty } from "./_rpc_chain.ts";
import { otherAddressKind } from "./_shielded_address.ts";

const VERSION = 7_000_000;
const BUILD = "v7.0.0-demo";
const SUBVERSION = "/Zebra:7.0.0/ZcashPoolDemo:1/";
const PROTOCOL_VERSION = 170_190;
/** 100 zatoshi per 1,000 bytes. */
const RELAY_FEE = 1e-6;

/** getinfo, validateaddress and their relatives. */
export function nodeMethods(chain: Chain): RpcMethods {
  return {
    getinfo: () => ({
      version: VERSION,
      build: BUILD,
      subversion: SUBVERSION,
      protocolversion: PROTOCOL_VERSION,
      blocks: chain.tip.height,
      connections: 0,
      difficulty: nextDifficulty(chain),
      testnet: true,
      paytxfee: 0,
      relayfee: RELAY_FEE,
      errors: "",
      errorstimestamp: 0,
    }),
    getnetworkinfo: () => ({
      version: VERSION,
      subversion: SUBVERSION,
      protocolversion: PROTOCOL_VERSION,
      localservices: "0000000000000001",
      timeoffset: 0,
      connections: 0,
      networks: ["ipv4", "ipv6", "onion"].map((name) => ({
        name,
        limited: false,
        reachable: name !== "onion",
        proxy: "",
        proxy_randomize_credentials: false,
      })),
      relayfee: RELAY_FEE,
      localaddresses: [],
      warnings: "",
    }),
    // The demo node is alone: it has nobody to hear of and counts as synced all the same.
    getpeerinfo: () => [],
    getdeprecationinfo: () => ({}),
    ping: () => null,
    validateaddress: (params) => validateAddress(textParam(params, 0)),
    z_validateaddress: (params) => zValidateAddress(textParam(params, 0)),
  };
}

/** Transparent and TEX addresses only, as with the real node. */
function validateAddress(text: string) {
  const address = readTransparentAddress(text);
  const transparent = address?.network === "test";
  if (!transparent && otherAddressKind(text) !== "tex") return { isvalid: false };
  return { isvalid: true, address: text, isscript: address?.kind === "p2sh" };
}

function zValidateAddress(text: string) {
  const address = readTransparentAddress(text);
  const kind = address?.network === "test" ? address.kind : otherAddressKind(text);
  if (kind === undefined) return { isvalid: false };
  // A TEX address is a public key hash that wants transparent money.
  const type = kind === "tex" ? "p2pkh" : kind;
  return { isvalid: true, address: text, address_type: type, ismine: false };
}
