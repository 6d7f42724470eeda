/**
 * Mining channels without an encoding: nonce prefixes, targets, jobs and variable difficulty.
 *
 * A **channel** is one line of work: a payee, a nonce prefix, a target, the jobs that it was sent. A
 * **session** owns the channels of one connection. A conversation (SV2, Stratum V1) reads what its
 * miner says and calls `open`, `update` and `close`; what the miner is to be told comes back as facts,
 * those that belong together in one call, and the conversation alone makes bytes of them. Ids on the
 * wire and error codes are the conversation's. A share goes to the room `shares` with its channel;
 * how it ended is reported back with `shareAccepted` or `shareRepeated`.
 *
 * - The server calls `tick` about once a second and `broadcast` with each template.
 * - A job keeps the target and the prefix that it was sent with, so a share is judged by the job.
 * - One header never has two targets. A new target comes with a new prefix, or, where there is none
 *   (no prefix is left, or the protocol cannot change it), with the first job of other headers: a new
 *   parent or a coinbase of its own.
 * - Jobs of one template share it, and jobs of one target share its bytes, so that a conversation may
 *   keep what it has encoded of them.
 *
 * @example
 * ```ts ignore
 * const session = new ChannelSession(settings, modules, {
 *   address: connection.remoteAddress,
 *   changesPrefixes: true,
 *   tell: (facts) => connection.send(encode(facts)),
 *   awaitShare: () => connection.excuseSilence(),
 * });
 * session.open(request, (answer) => connection.send(encodeAnswer(requestId, answer)));
 * session.update(channel, { nominalHashRate: 0, maxTarget });
 * session.end(); // with the connection
 * ```
 *
 * @module
 */
export { MiningChannel } from "./channel.ts";
export type { ChannelJob } from "./channel_job.ts";
export { ChannelSession } from "./channel_session.ts";
export type { WishRefusal } from "./channel_wish.ts";
export * from "./conversation_server.ts";
export * from "./facts.ts";
export * from "./miner_identity.ts";
export { NoncePrefixes } from "./nonce_prefixes.ts";
export { PrefixAccounts } from "./prefix_accounts.ts";
export * from "./remembered_workers.ts";
export * from "./settings.ts";
