/** What a miner's user wrote into the password, which Stratum V1 has no other use for. */
export interface PasswordOptions {
  /** `d=`: the difficulty that shall stay. Above 0, finite. */
  readonly difficulty?: number;
  /** `md=`: the least difficulty that the miner takes. Above 0, finite. */
  readonly minDifficulty?: number;
  /** `coinbase=yes`: what these shares earn may be paid in a block's own coinbase. */
  readonly coinbase: boolean;
}

/** A password is no place for a novel. */
const LENGTH_MAX = 256;

/**
 * Reads `name=value` pairs between commas, semicolons or blanks, as users of other pools write them.
 * What it does not know or cannot read is passed over: most passwords are `x`.
 */
export function readPassword(password: string): PasswordOptions {
  const values = new Map<string, string>();
  for (const part of password.slice(0, LENGTH_MAX).split(/[\s,;]+/)) {
    const [name = "", value] = part.split("=", 2);
    if (value !== undefined) values.set(name.toLowerCase(), value);
  }
  const difficulty = positive(values.get("d"));
  const minDifficulty = positive(values.get("md"));
  return {
    ...(difficulty === undefined ? {} : { difficulty }),
    ...(minDifficulty === undefined ? {} : { minDifficulty }),
    coinbase: values.get("coinbase")?.toLowerCase() === "yes",
  };
}

function positive(text: string | undefined): number | undefined {
  if (text === undefined || !/^[0-9]{1,15}(\.[0-9]{1,12})?$/.test(text)) return undefined;
  const value = Number(text);
  return value > 0 ? value : undefined;
}
