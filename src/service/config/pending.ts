import type { AnyKey, Capability } from "./declaration.ts";
import { DECLARED_KEYS } from "./declared_keys.ts";
import type { ConfigFault, ConfigWarning } from "./faults.ts";
import { showGiven, showValue } from "./given.ts";
import type { Resolved } from "./resolve.ts";
import type { TomlValue } from "./value_type.ts";

/** Faults and warnings for keys whose capability has not landed; see {@link Capability}. */
export function judgePending(
  values: ReadonlyMap<string, Resolved>,
): { faults: ConfigFault[]; warnings: ConfigWarning[] } {
  const faults: ConfigFault[] = [];
  const missed = new Map<Capability, string[]>();
  for (const { path, declared } of DECLARED_KEYS.values()) {
    const resolved = values.get(path);
    if (declared.role !== "key" || declared.pending === undefined || resolved === undefined) {
      continue;
    }
    const verdict = judge(declared, resolved);
    const { capability } = declared.pending;
    if (verdict === "refused") faults.push(refusal(path, declared, resolved));
    if (verdict === "missed") missed.set(capability, [...missed.get(capability) ?? [], path]);
  }
  const warnings = [...missed].filter(([capability]) => !switchedOff(capability, values))
    .map(([capability, paths]) => warning(capability, paths));
  return { faults, warnings };
}

/** "missed": it may stand, but reads as if the capability were there. */
function judge(key: AnyKey, { value, given }: Resolved): "fine" | "missed" | "refused" {
  const { off, anyValue } = key.pending ?? {};
  if (off !== undefined && value === key.type.fromToml(off)) return "fine";
  // An unset key says nothing, unless it is the switch itself and on by default.
  if (given === undefined) return off === undefined || value === undefined ? "fine" : "missed";
  const isDefault = key.presence.kind === "default" &&
    value === key.type.fromToml(key.presence.value);
  return isDefault || anyValue === true ? "missed" : "refused";
}

function refusal(path: string, key: AnyKey, { given }: Resolved): ConfigFault {
  const allowed: TomlValue[] = [];
  if (key.pending?.off !== undefined) allowed.push(key.pending.off);
  else if (key.presence.kind === "default") allowed.push(key.presence.value);
  return {
    path: given?.path ?? path,
    ...(given === undefined ? {} : {
      source: given.label,
      given: showGiven(given, key.type.secret === true),
    }),
    reason: `this version does not have ${key.pending?.capability.name} yet`,
    allowed: ["to leave it out", ...allowed.map((value) => `or ${showValue(value)}`)].join(" "),
  };
}

function switchedOff(capability: Capability, values: ReadonlyMap<string, Resolved>): boolean {
  if (capability.switch === undefined) return false;
  const key = DECLARED_KEYS.get(capability.switch)?.declared;
  const off = key?.pending?.off;
  return off !== undefined && values.get(capability.switch)?.value === key?.type.fromToml(off);
}

function warning(capability: Capability, paths: readonly string[]): ConfigWarning {
  const effect = paths.length === 1 ? "has no effect" : "have no effect";
  return {
    paths,
    message: `This version does not have ${capability.name} yet: ${capability.without}; ` +
      `${paths.join(", ")} ${effect}.`,
  };
}
