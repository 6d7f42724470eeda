import { ConversationServer } from "../channels/mod.ts";
import type { FrameConnection } from "../../wire/transport/mod.ts";
import type { MiningServerModules, MiningServerOptions } from "./options.ts";
import { MiningSession } from "./session.ts";

/** All SV2 mining connections of this process. */
export type MiningServer = ConversationServer<FrameConnection>;

/** Makes the server. */
export function makeMiningServer(
  options: MiningServerOptions,
  modules: MiningServerModules,
): MiningServer {
  return new ConversationServer(
    (connection, refusal) => new MiningSession(connection, options, { ...modules, refusal }),
    modules,
  );
}
