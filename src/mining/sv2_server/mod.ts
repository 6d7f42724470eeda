/** The server's side of the Stratum V2 mining protocol. */
export * from "./options.ts";
export * from "./server.ts";
