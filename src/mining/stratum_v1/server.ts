import { ConversationServer } from "../channels/mod.ts";
import type { LineConnection } from "../../wire/transport/mod.ts";
import { JobLines } from "./job_lines.ts";
import type { StratumServerModules, StratumServerOptions } from "./options.ts";
import { StratumSession } from "./session.ts";

/** All Stratum V1 connections that start with the same settings. */
export type StratumServer = ConversationServer<LineConnection>;

/** Makes the server. */
export function makeStratumServer(
  options: StratumServerOptions,
  modules: StratumServerModules,
): StratumServer {
  const lines = new JobLines(modules.random);
  return new ConversationServer(
    (connection, refusal) =>
      new StratumSession(connection, options, { ...modules, lines, refusal }),
    modules,
  );
}
