import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/**
 * One request at a time on a connection: whoever sends further ones without waiting for the answer
 * could have any number of answers made and never read them.
 */
export class RequestTurns {
  readonly #answering = new WeakSet<Socket>();

  /** False when the connection was ended for that. */
  take({ socket }: IncomingMessage, response: ServerResponse): boolean {
    if (this.#answering.has(socket)) {
      socket.destroy();
      return false;
    }
    this.#answering.add(socket);
    // Written to the system, not merely queued: a peer that does not read keeps its turn.
    response.once("finish", () => this.#answering.delete(socket));
    return true;
  }
}
