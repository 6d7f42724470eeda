import { reasonOf } from "../../base/mod.ts";
import type { AnyKey } from "./declaration.ts";
import { DECLARED_KEYS, environmentName, type PlacedKey, targetOf } from "./declared_keys.ts";
import { type ConfigFault, MissingPermission } from "./faults.ts";
import { type Given, readGiven, showGiven, SOURCES, tryRead } from "./given.ts";

/**
 * Reads the small text file that holds the value of a key, `section.key`; throws with a message for
 * people. Undefined when it is not to be looked into: the key is left out of the configuration then.
 */
export type ReadSecretFile = (path: string, key: string) => string | undefined;

/** Stands for the value in a file that was not looked into. */
const UNREAD = Symbol("a value that was not read");

/** The value of one key and where it came from; `given` is absent for a default. */
export interface Resolved {
  readonly value: unknown;
  readonly given?: Given;
}

/** What {@link resolveValues} found. */
export interface Resolution {
  /** Keys with a valid value, defaults included; alternatives stand under the key they serve. */
  readonly values: ReadonlyMap<string, Resolved>;
  readonly faults: readonly ConfigFault[];
  readonly secretFiles: readonly string[];
}

/** Decides for each key which of the given values counts, and reads it. */
export function resolveValues(
  given: readonly Given[],
  readSecretFile: ReadSecretFile | undefined,
): Resolution {
  const byTarget = Map.groupBy(given, (each) => targetOf(each.path).path);
  const values = new Map<string, Resolved>();
  const faults: ConfigFault[] = [];
  const secretFiles: string[] = [];
  const read = reader(readSecretFile, secretFiles);
  for (const { path, declared } of DECLARED_KEYS.values()) {
    if (declared.role !== "key") continue;
    const candidates = strongest(byTarget.get(path) ?? []);
    const result = candidates.length === 0
      ? absent(path, declared)
      : chooseOne(candidates, candidates.map(read));
    if ("faults" in result) faults.push(...result.faults);
    else if (result.value !== UNREAD) values.set(path, result);
  }
  return { values, faults, secretFiles };
}

type Outcome = Resolved | { readonly faults: readonly ConfigFault[] };

/** Those of the source that wins. */
function strongest(candidates: readonly Given[]): readonly Given[] {
  const source = SOURCES.findLast((each) => candidates.some((given) => given.source === each));
  return candidates.filter((given) => given.source === source);
}

function absent(path: string, key: AnyKey): Outcome {
  switch (key.presence.kind) {
    case "default":
      return { value: key.type.fromToml(key.presence.value) };
    case "optional":
      return { value: undefined };
    case "required":
      return {
        faults: [{
          path,
          reason: `missing; set it in the file or by ${environmentName(path)}`,
          allowed: key.type.allowed,
        }],
      };
  }
}

/** One source may give a value in two ways: both must agree, where that is allowed at all. */
function chooseOne(candidates: readonly Given[], outcomes: readonly Outcome[]): Outcome {
  const faults = outcomes.flatMap((outcome) => "faults" in outcome ? outcome.faults : []);
  if (faults.length > 0) return { faults };
  const [first, ...others] = outcomes as readonly Resolved[];
  if (first === undefined || others.length === 0) return first ?? { faults };
  const placed = candidates.flatMap(({ path }) => DECLARED_KEYS.get(path) ?? []);
  const alternatives = placed.flatMap(({ declared }) =>
    declared.role === "alternative" ? declared : []
  );
  const equalAllowed = alternatives.every((each) => each.equalAllowed);
  if (equalAllowed && others.every(({ value }) => Object.is(value, first.value))) return first;
  return { faults: [togetherFault(candidates, placed, equalAllowed)] };
}

function togetherFault(
  candidates: readonly Given[],
  placed: readonly PlacedKey[],
  equalAllowed: boolean,
): ConfigFault {
  const [first] = candidates as readonly [Given];
  const secret = placed.some(({ declared }) => declared.type.secret === true);
  const shown = candidates.map((each) => `${each.path} = ${showGiven(each, secret)}`);
  return {
    path: first.path,
    source: first.label,
    reason: `${shown.join(" and ")} stand together`,
    allowed: equalAllowed ? "one of them, or the same value in both" : "one of them",
  };
}

function reader(
  readSecretFile: ReadSecretFile | undefined,
  secretFiles: string[],
): (given: Given) => Outcome {
  return (given) => {
    const { declared } = DECLARED_KEYS.get(given.path) as PlacedKey;
    const fault = (
      reason: string,
      allowed = declared.type.allowed,
      missingFlag?: string,
    ): Outcome => ({
      faults: [{
        path: given.path,
        source: given.label,
        given: showGiven(given, declared.type.secret === true),
        reason,
        allowed,
        ...(missingFlag === undefined ? {} : { missingFlag }),
      }],
    });
    const own = tryRead(() => readGiven(given, declared.type));
    if ("reason" in own) return fault(own.reason);
    if (declared.role === "key" || declared.form === "value") return { value: own.value, given };

    const file = own.value as string;
    const { key, path } = targetOf(given.path);
    let text: string | undefined;
    try {
      if (readSecretFile === undefined) throw new Error("files cannot be read here");
      text = readSecretFile(file, path);
    } catch (thrown) {
      return fault(
        reasonOf(thrown),
        "a file that can be read",
        thrown instanceof MissingPermission ? thrown.flag : undefined,
      );
    }
    secretFiles.push(file);
    if (text === undefined) return { value: UNREAD, given };
    // A file that was written by an editor ends with a newline.
    const inner = tryRead(() => key.type.fromText(text.replace(/\r?\n$/, "")));
    if ("value" in inner) return { value: inner.value, given };
    const reason = inner.reason === "" ? "" : `: ${inner.reason}`;
    return fault(`the file's content is not allowed${reason}`, `a file with ${key.type.allowed}`);
  };
}
