import { NONCE_LENGTH, SOLUTION_LENGTH } from "../../base/mod.ts";
import type { JobTemplate } from "../../chain/jobs/mod.ts";
import {
  DeclarationErrorCode,
  DeclarationMode,
  type SetCustomMiningJob,
  type SetFullTemplateJob,
} from "../../wire/protocol/mod.ts";
import type { ChannelJob, MinerIdentity } from "../channels/mod.ts";
import { encodeHeader } from "../shares/mod.ts";
import { type DeclaredBlock, judgeDeclaration } from "./declaration.ts";
import type { DeclarationRate } from "./declaration_rate.ts";
import { DeclaredJob, declaredWork } from "./declared_job.ts";
import type { DeclaredJobs } from "./declared_jobs.ts";
import { judgeFullTemplate } from "./full_template.ts";
import type { MissingTransactions } from "./missing_transactions.ts";
import type { NodeQuestions } from "./node_questions.ts";
import type { Offers } from "./offers.ts";
import type {
  DeclarationLevel,
  DeclarationModules,
  DeclarationOptions,
  FullTemplateLevel,
} from "./options.ts";
import type { ProposalQueue } from "./proposal_queue.ts";
import { DeclarationRefusal } from "./refusal.ts";
import type { Mode, TokenBook, TokenPurse } from "./tokens.ts";
import type { TransactionReader } from "./transaction_reader.ts";

/** Bytes of a user identity, as on a mining connection. */
const USER_IDENTITY_LENGTH_MAX = 255;

/** Declarations of one connection that wait for the one before them. */
const DECLARATIONS_WAITING_MAX = 4;

/** Full templates among them, which are as large as a block. */
const FULL_TEMPLATES_WAITING_MAX = 2;

const NO_FULL_TEMPLATES = "full templates are not offered by this pool: " +
  "ask for a token of mode 0 and declare by SetCustomMiningJob";

/** What all connections share. */
export interface SharedDeclarations {
  readonly offers: Offers;
  readonly proposals: ProposalQueue;
  readonly questions: NodeQuestions;
  readonly reader: TransactionReader;
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
  readonly missing: MissingTransactions;
  /** @throws {DeclarationRefusal} when nothing can be had on the connection now. */
  readonly checkService: () => void;
}

/** A token, its mode, and the script that its jobs must pay. */
interface GrantedToken {
  readonly token: Uint8Array;
  readonly grantedMode: Mode;
  readonly coinbaseOutput: Uint8Array;
}

/** How a declaration is judged before the node judges it. */
interface Judgement {
  readonly mode: Mode;
  readonly level: DeclarationLevel;
  readonly judge: (miner: MinerIdentity) => Promise<DeclaredBlock>;
}

const MODES = Object.values(DeclarationMode);

const LEVELS = {
  Minimal: "minimal",
  Standard: "standard",
  Strict: "strict",
} as const satisfies Record<FullTemplateLevel, DeclarationLevel>;

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
  declare(declared: SetCustomMiningJob): Promise<ChannelJob> {
    const { modules: { offers }, options } = this.#parts;
    return this.#inTurn(DECLARATIONS_WAITING_MAX, () =>
      this.#makeJob(declared, {
        mode: DeclarationMode.coinbaseOnly,
        level: "coinbase_only",
        judge: () => Promise.resolve(judgeDeclaration(declared, offers, options)),
      }));
  }

  /** As {@link declare}, for a block with the declarer's transactions. */
  async declareFull(declared: SetFullTemplateJob): Promise<ChannelJob> {
    const { options: { fullTemplates } } = this.#parts;
    if (fullTemplates === undefined) throw notOffered();
    return await this.#inTurn(FULL_TEMPLATES_WAITING_MAX, () =>
      this.#makeJob(declared, {
        mode: DeclarationMode.fullTemplate,
        level: LEVELS[fullTemplates],
        judge: (miner) => this.#judgeFull(declared, fullTemplates, miner),
      }));
  }

  /** The connection has ended, and its tokens with it. */
  close(): void {
    this.#purse.close();
    this.#parts.missing.close();
  }

  async #inTurn(waitingMax: number, make: () => Promise<ChannelJob>): Promise<ChannelJob> {
    if (this.#waiting >= waitingMax) throw tooManyAtOnce("declarations");
    this.#waiting++;
    const made = this.#last.then(make);
    this.#last = made.catch(() => {});
    try {
      return await made;
    } finally {
      this.#waiting--;
    }
  }

  async #allocate(userIdentifier: string, mode: number): Promise<GrantedToken> {
    const { address, checkService, modules, options } = this.#parts;
    const { fullTemplates, tokensPerClientMax } = options;
    checkService();
    const grantedMode = MODES.find((known) => known === mode);
    const isFull = grantedMode === DeclarationMode.fullTemplate;
    if (grantedMode === undefined || isFull && fullTemplates === undefined) throw notOffered();
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
    const token = this.#purse.allocate(miner, grantedMode);
    modules.metrics.tokens.increment();
    return { token, grantedMode, coinbaseOutput: output?.script ?? new Uint8Array(0) };
  }

  /**
   * The job of a declaration. It has a number, and with it shares, only when the node has accepted
   * its block: what the pool cannot be paid for is never credited.
   */
  async #makeJob(
    declared: SetCustomMiningJob | SetFullTemplateJob,
    { mode, level, judge }: Judgement,
  ): Promise<ChannelJob> {
    const { address, checkService, jobs, modules, options } = this.#parts;
    const { book, clock, proposals, rate, metrics } = modules;
    const begun = clock.monotonic();
    checkService();
    const { miner } = this.#purse.find(declared.token, mode);
    rate.count(address, miner.minerId);
    const block = await judge(miner);
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
    const isFull = mode === DeclarationMode.fullTemplate;
    jobs.add(declared.token, new DeclaredJob(miner, declared.channelId, work, isFull));
    metrics.validationSeconds[level].observe((clock.monotonic() - begun) / 1_000);
    metrics.jobs.increment();
    if (isFull) metrics.fullTemplateJobs.increment();
    return work;
  }

  #judgeFull(
    declared: SetFullTemplateJob,
    level: FullTemplateLevel,
    { minerId }: MinerIdentity,
  ): Promise<DeclaredBlock> {
    const { address, jobs, missing, modules, options: rules } = this.#parts;
    const { offers, questions, rate, reader } = modules;
    const { channelId, requestId } = declared;
    return judgeFullTemplate(declared, {
      ...{ offers, rules, questions },
      wells: {
        reader,
        known: (txid) => offers.transaction(txid) ?? jobs.transaction(txid),
        questions: level === "Minimal" ? undefined : questions,
        ask: (txids) => {
          // A round costs as much as another declaration.
          rate.count(address, minerId);
          return missing.ask({ channelId, requestId }, txids);
        },
      },
    });
  }
}

function notOffered(): DeclarationRefusal {
  return new DeclarationRefusal(DeclarationErrorCode.notOffered, NO_FULL_TEMPLATES);
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
