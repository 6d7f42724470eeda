import { createClient } from "@redis/client";

/** Commands that wait for an answer; more are refused at once. A second of the greatest load. */
const COMMANDS_MAX = 16_384;

const CONNECT_LIMIT_MS = 2_000;

/** The wait before a new connection: doubled with each failure, up to the second. */
const RECONNECT_MS = { least: 100, most: 5_000 };

/** A client of one server; `reconnects` false gives up at the first failure. */
export function redisClient(
  url: string,
  { reconnects, onError }: {
    readonly reconnects: boolean;
    readonly onError: (error: Error) => void;
  },
) {
  const { least, most } = RECONNECT_MS;
  const client = createClient({
    url,
    // Version 2 and no notices of maintenance: the client would read the environment for them.
    RESP: 2,
    maintNotifications: "disabled",
    disableClientInfo: true,
    // What is not written at once is refused at once: nobody waits for a connection.
    disableOfflineQueue: true,
    commandsQueueMaxLength: COMMANDS_MAX,
    socket: {
      connectTimeout: CONNECT_LIMIT_MS,
      reconnectStrategy: reconnects
        ? (failures) => Math.min(least * 2 ** Math.min(failures, 10), most)
        : false,
    },
  });
  client.on("error", onError);
  return client;
}

/** A client of one server. */
export type RedisClient = ReturnType<typeof redisClient>;
