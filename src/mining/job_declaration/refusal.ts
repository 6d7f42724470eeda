import { PoolError } from "../../base/mod.ts";
import type { DeclarationErrorCode } from "../../wire/protocol/mod.ts";

/** Why a token or a job is refused; the message says what was expected. */
export class DeclarationRefusal extends PoolError {
  /** What programs are told. */
  readonly answer: DeclarationErrorCode;

  constructor(answer: DeclarationErrorCode, message: string) {
    super("declaration-refused", message);
    this.answer = answer;
  }
}
