import { formatSocketAddress, type SocketAddress, socketAddress } from "../address_types.ts";
import { preset } from "../declaration.ts";
import { decimalNumber, flag } from "../number_types.ts";
import { type TomlValue, ValueError, type ValueType } from "../value_type.ts";

/** An ASIC finds 8.4 million solutions in seconds; a CPU would need weeks for one share. */
const START_DIFFICULTY = 1024;

const startDifficulty = decimalNumber({ min: 0.000001, max: 1e12 });

/** More ports than that are a typing error. */
const PORTS_MAX = 16;

/** A further place where Stratum V1 is served. */
export interface StratumPort {
  readonly listenAddr: SocketAddress;
  readonly startDifficulty: number;
}

/**
 * `[[stratum_v1.ports]]`: tables with `listen_addr` and `start_difficulty`; as text
 * `host:port=difficulty`, separated by commas.
 */
const stratumPorts: ValueType<readonly StratumPort[]> = {
  kind: "list of ports",
  allowed:
    `at most ${PORTS_MAX} tables with listen_addr (host:port) and start_difficulty (a number)`,
  fromToml(value) {
    if (!Array.isArray(value)) {
      throw new ValueError("each port is a table of its own, [[stratum_v1.ports]]");
    }
    return bounded((value as readonly TomlValue[]).map(portOfTable));
  },
  fromText: (text) => bounded(text.split(",").map((part) => portOfText(part.trim()))),
};

/** `[stratum_v1]`: Stratum V1, the protocol of today's ASICs. */
export const stratumV1 = {
  doc:
    "Stratum V1 (ZIP 301), which today's ASICs speak. Where `listen_addr` is that of [server], " +
    "one port serves both protocols.",
  keys: {
    enabled: preset(flag, false, {
      doc: "Serve Stratum V1.",
    }),
    listen_addr: preset(socketAddress, "0.0.0.0:3335", {
      doc: "Where Stratum V1 miners connect. Port 0 takes a free one.",
    }),
    start_difficulty: preset(startDifficulty, START_DIFFICULTY, {
      doc: "Starting difficulty for a worker that has no history and asks for none in its " +
        "password. 1024 suits an ASIC (8.4 million solutions a share); rentals ask for more, a " +
        "CPU needs 0.01 or less.",
    }),
    ports: preset(stratumPorts, [], {
      doc: "Further places, each a table [[stratum_v1.ports]] with `listen_addr` and " +
        "`start_difficulty`; as text `host:port=difficulty`, separated by commas.",
    }),
  },
} as const;

function portOfTable(table: TomlValue): StratumPort {
  if (typeof table !== "object" || Array.isArray(table) || table instanceof Date) {
    throw new ValueError("each port is a table of its own, [[stratum_v1.ports]]");
  }
  const { listen_addr: address, start_difficulty: difficulty, ...others } = table as {
    readonly [key: string]: TomlValue;
  };
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new ValueError("it has listen_addr and start_difficulty only");
  if (address === undefined || difficulty === undefined) {
    throw new ValueError("listen_addr or start_difficulty is missing");
  }
  return Object.freeze({
    listenAddr: socketAddress.fromToml(address),
    startDifficulty: startDifficulty.fromToml(difficulty),
  });
}

function portOfText(text: string): StratumPort {
  const [address = "", difficulty = "", more] = text.split("=");
  if (more !== undefined) throw new ValueError();
  return Object.freeze({
    listenAddr: socketAddress.fromText(address),
    startDifficulty: startDifficulty.fromText(difficulty),
  });
}

function bounded(ports: readonly StratumPort[]): readonly StratumPort[] {
  if (ports.length > PORTS_MAX) throw new ValueError();
  const places = ports.map(({ listenAddr }) => formatSocketAddress(listenAddr));
  if (new Set(places).size < places.length) throw new ValueError("the same address stands twice");
  return Object.freeze(ports);
}
