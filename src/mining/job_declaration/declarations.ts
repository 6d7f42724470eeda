import { NONCE_LENGTH, SOLUTION_LENGTH } from "../../base/mod.ts";
import type { JobTemplate } from "../../chain/jobs/mod.ts";
import {
  DeclarationErrorCode,
  DeclarationMode,
  type SetCustomMiningJob,
} from "../../wire/protocol/mod.ts";
import type { ChannelJob } from "../channels/mod.ts";
import { encodeHeader } from "../shares/mod.ts";
import { judgeDeclaration } from "./declaration.ts";
import type { DeclarationRate } from "./declaration_rate.ts";
import { DeclaredJob, declaredWork } from "./declared_job.ts";
import type { DeclaredJobs } from "./declared_jobs.ts";
import type { Offers } from "./offers.ts";
import type { DeclarationModules, DeclarationOptions } from "./options.ts";
import type { ProposalQueue } from "./proposal_queue.ts";
import { DeclarationRefusal } from "./refusal.ts";
import type { TokenBook, TokenPurse } from "./tokens.ts";

/** Bytes of a user identity, as on a mining connection. */
const USER_IDENTITY_LENGTH_MAX = 255;

/** Declarations of one connection that wait for the one before them. */
const DECLARATIONS_WAITING_MAX = 4;

/** Why a full template is refused: this version has no check for the transactions of others. */
const NO_FULL_TEMPLATES = "full templates are not offered by this version of the pool: " +
  "ask for a token of mode 0 and declare by SetCustomMiningJob";

/** What all connections share. */
export interface SharedDeclarations {
  readonly offers: Offers;
  readonly proposals: ProposalQueue;
  readonly rate: DeclarationRate;
  readonly tokens: TokenBook;
}

/** What the declarations of one connection are judged by. */
interface DeclarationsParts {
  readonly address: string;
  /** Whom it shares its part of the tokens with. */
  readonly network: string;
  readonly options: DeclarationOptions;
  readonly modules: DeclarationModules & SharedDeclarations;
  readonly jobs: DeclaredJobs;
  /** @throws {DeclarationRefusal} when nothing can be had on the connection now. */
  readonly checkService: () => void;
}

/** A token, and the script that its jobs must pay. */
interface GrantedToken {
  readonly token: Uint8Array;
  readonly coinbaseOutput: Uint8Array;
}

/** The tokens and jobs of one connection; what is refused is thrown as {@link DeclarationRefusal}. */
export class Declarations {
  readonly #parts: DeclarationsParts;
  readonly #purse: TokenPurse;
  /** Tokens whose miners are being looked up. */
  #allocating = 0;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: DeclarationsParts) {
    this.#parts = parts;
    this.#purse = parts.modules.tokens.open(parts.network);
  }

  /**
   * Gives a token.
   *
   * @throws {IdentityError} when nobody could be paid.
   */
  async allocate(userIdentifier: string, mode: number): Promise<GrantedToken> {
    this.#allocating++;
    try {
      return await this.#allocate(userIdentifier, mode);
    } finally {
      this.#allocating--;
    }
  }

  /** Makes a job, after those that were declared before: one block is before the node at a time. */
  async declare(declared: SetCustomMiningJob): Promise<ChannelJob> {
    if (this.#waiting >= DECLARATIONS_WAITING_MAX) throw tooManyAtOnce("declarations");
    this.#waiting++;
    const made = this.#last.then(() => this.#makeJob(declared));
    this.#last = made.catch(() => {});
    try {
      return await made;
    } finally {
      this.#waiting--;
    }
  }

  /** Why a full template is none that can be declared. */
  refuseFullTemplate(): DeclarationRefusal {
    return new DeclarationRefusal(DeclarationErrorCode.notOffered, NO_FULL_TEMPLATES);
  }

  /** The connection has ended, and its tokens with it. */
  close(): void {
    this.#purse.close();
  }

  async #allocate(userIdentifier: string, mode: number): Promise<GrantedToken> {
    const { address, checkService, modules, options: { tokensPerClientMax } } = this.#parts;
    checkService();
    if (mode !== DeclarationMode.coinbaseOnly) throw this.refuseFullTemplate();
    if (this.#allocating > tokensPerClientMax) throw tooManyAtOnce("tokens");
    if (new TextEncoder().encode(userIdentifier).length > USER_IDENTITY_LENGTH_MAX) {
      throw new DeclarationRefusal(
        DeclarationErrorCode.refusedIdentity,
        `a user_identifier of at most ${USER_IDENTITY_LENGTH_MAX} bytes is expected`,
      );
    }
    const miner = await modules.identify(userIdentifier);
    if (modules.conduct?.isBanned(address, miner.minerId) === true) {
      throw new DeclarationRefusal(
        DeclarationErrorCode.refusedIdentity,
        "too many wrong shares came in this name from this address: try again later",
      );
    }
    // The cap may have been reached meanwhile, or the connection have ended.
    checkService();
    const [output] = modules.offers.newest().template.minerOutputs;
    const token = this.#purse.allocate(miner);
    modules.metrics.tokens.increment();
    return { token, coinbaseOutput: output?.script ?? new Uint8Array(0) };
  }

  /**
   * The job of a declaration. It has a number, and with it shares, only when the node has accepted
   * its block: what the pool cannot be paid for is never credited.
   */
  async #makeJob(declared: SetCustomMiningJob): Promise<ChannelJob> {
    const { address, checkService, jobs, modules, options } = this.#parts;
    const { book, offers, proposals, rate, metrics } = modules;
    checkService();
    const { miner } = this.#purse.find(declared.token);
    rate.count(address, miner.minerId);
    const block = judgeDeclaration(declared, offers, options);
    const { template } = block;
    await proposals.judge(() => unsolved(template, declared.time));
    checkService();
    if (!book.isLive(template)) {
      throw new DeclarationRefusal(
        DeclarationErrorCode.stalePrevHash,
        "the tip has changed while the block was judged; declare on the next template",
      );
    }
    const work = declaredWork(block, book.nextJobId(), options);
    jobs.add(declared.token, new DeclaredJob(miner, declared.channelId, work));
    metrics.jobs.increment();
    return work;
  }
}

function tooManyAtOnce(what: string): DeclarationRefusal {
  return new DeclarationRefusal(
    DeclarationErrorCode.overloaded,
    `too many ${what} are asked for at once; wait for the answers`,
  );
}

/** The block without a solution, as proposal mode wants it. */
function unsolved(template: JobTemplate, time: number): Uint8Array {
  const job = { template, nonce1: new Uint8Array(0) };
  const nonce2 = new Uint8Array(NONCE_LENGTH);
  const solution = new Uint8Array(SOLUTION_LENGTH);
  return template.encodeBlock(encodeHeader(job, { time, nonce2, solution }));
}
