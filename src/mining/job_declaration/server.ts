import type { FrameConnection } from "../../wire/transport/mod.ts";
import { ConversationServer } from "../channels/mod.ts";
import { DeclarationRate } from "./declaration_rate.ts";
import { NodeQuestions } from "./node_questions.ts";
import { Offers } from "./offers.ts";
import type { DeclarationModules, DeclarationOptions } from "./options.ts";
import { ProposalQueue } from "./proposal_queue.ts";
import { DeclarationSession } from "./session.ts";
import { TokenBook, TOKENS_MAX } from "./tokens.ts";
import { TransactionReader } from "./transaction_reader.ts";

/** All Job Declaration connections of this process. */
export type DeclarationServer = ConversationServer<FrameConnection>;

/** Makes the server. */
export function makeDeclarationServer(
  options: DeclarationOptions,
  modules: DeclarationModules,
): DeclarationServer {
  const shared = {
    offers: new Offers(modules.book),
    proposals: new ProposalQueue(modules),
    questions: new NodeQuestions({ ...modules, node: modules.transactions }),
    rate: new DeclarationRate(modules.clock),
    reader: new TransactionReader(modules.clock),
    tokens: new TokenBook({
      lifetimeMs: options.tokenLifetimeMs,
      perClientMax: options.tokensPerClientMax,
      totalMax: TOKENS_MAX,
    }, modules),
  };
  return new ConversationServer(
    (connection, refusal) =>
      new DeclarationSession(connection, options, { ...modules, ...shared, refusal }),
    modules,
  );
}
