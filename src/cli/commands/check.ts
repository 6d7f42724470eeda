import { systemClock } from "../../base/mod.ts";
import {
  type Config,
  isEnvironmentListed,
  type LoadedConfig,
  missingPermissions,
  type NeededPermission,
  permissionFlags,
} from "../../service/config/mod.ts";
import type { NodeClient } from "../../chain/node/mod.ts";
import { moneyWarnings } from "../../money/treasury/mod.ts";
import {
  chainOf,
  makeNodes,
  moneyTerms,
  moneyWarningText,
  walletOf,
} from "../../service/pool/mod.ts";
import { defineCommand } from "../command.ts";
import { CONFIG_DETAILS, CONFIG_OPTIONS, loadFromOptions } from "../config_options.ts";
import { ExitCode } from "../exit_codes.ts";
import type { Finding } from "../finding.ts";
import type { Io } from "../io.ts";
import { checkMachine } from "../machine_check.ts";
import { checkNode } from "../node_check.ts";
import { flagOption } from "../options.ts";
import { requirePermissions } from "../required_permissions.ts";
import { checkWallet } from "../wallet_check.ts";

/** `check`. */
export const check = defineCommand({
  name: "check",
  summary: "Say whether a configuration is right and its nodes usable, without starting",
  details:
    `Tries the ports, the data directory, the database and the log file as well, as far as it is
permitted to, and asks the wallet of payout.wallet = "zallet" what a payment would ask it. Ends
with 3 when the configuration has faults or asks this machine for what it does not give, with 4
when no node is usable, and with 1 when the pool can start but the wallet cannot send payments.

${CONFIG_DETAILS}`,
  options: { ...CONFIG_OPTIONS, json: flagOption("One JSON object.") },
  async run(options, _operands, io) {
    const { parsed, needed } = loadFromOptions(options);
    requirePermissions(
      needed.filter(({ use }) => use === "call the node" || use === "read the node's cookie"),
    );
    const clients = makeNodes(parsed.config, systemClock);
    const nodes = await Promise.all(
      clients.map(async (node) => ({
        url: node.url,
        findings: await checkNode(node, parsed.config, systemClock.now()),
      })),
    );
    const wallet = await walletFindings(parsed.config, needed, clients);
    const configuration = configurationFindings(parsed);
    const machine = await checkMachine(parsed, needed, systemClock);
    const state = {
      usable: nodes.some(({ findings }) => isSound(findings)),
      startable: isSound(machine),
      payable: isSound(wallet ?? []),
    };
    if (options.json) {
      const found = { configuration, machine, nodes, wallet: wallet ?? null };
      io.out(`${JSON.stringify({ ...state, ...found })}\n`);
    } else {
      show("configuration", configuration, io.out);
      show("this machine", machine, io.out);
      for (const { url, findings } of nodes) show(`node ${url}`, findings, io.out);
      if (wallet !== undefined) show("wallet", wallet, io.out);
    }
    const { code, text } = verdict(state);
    if (!options.json) io.out(`${text}\n`);
    return code;
  },
});

function verdict(
  { usable, startable, payable }: Readonly<Record<"usable" | "startable" | "payable", boolean>>,
): { readonly code: ExitCode; readonly text: string } {
  if (!startable) return { code: ExitCode.config, text: "The pool cannot start on this machine." };
  if (!usable) return { code: ExitCode.node, text: "No configured node can be used." };
  if (payable) return { code: ExitCode.ok, text: "The pool can start." };
  return {
    code: ExitCode.failed,
    text: "The pool can start, but the wallet cannot send payments.",
  };
}

function isSound(findings: readonly Finding[]): boolean {
  return findings.every(({ level }) => level !== "fault");
}

/** Undefined where no wallet of the pool pays. */
async function walletFindings(
  config: Config,
  needed: readonly NeededPermission[],
  nodes: readonly NodeClient[],
): Promise<Finding[] | undefined> {
  const wallet = walletOf(config, systemClock);
  if (wallet === undefined) return undefined;
  const missing = missingPermissions(
    needed.filter(({ use }) => use === "call the wallet" || use === "read the wallet's cookie"),
  );
  if (missing.length === 0) {
    return await checkWallet({ wallet, chain: chainOf(config, nodes), clock: systemClock });
  }
  const flags = permissionFlags(missing).join(" ");
  return [{ level: "warning", text: `It was not tried: add ${flags}.` }];
}

function configurationFindings(
  { config, warnings, environment, environmentSeen }: LoadedConfig,
): Finding[] {
  const findings: Finding[] = [{ level: "ok", text: "The configuration has no faults." }];
  if (environment.length > 0) {
    const names = environment.join(", ");
    findings.push({ level: "ok", text: `Settings from the environment: ${names}.` });
  }
  if (environmentSeen && !isEnvironmentListed()) findings.push(ENVIRONMENT_ASKED);
  for (const { message } of warnings) findings.push({ level: "warning", text: message });
  for (const warning of moneyWarnings(moneyTerms(config))) {
    findings.push({ level: "warning", text: moneyWarningText(warning) });
  }
  if (!config.security.noiseEnabled) {
    findings.push({
      level: "warning",
      text: "Miners' connections are not encrypted: whoever is between can take their work. Set " +
        "security.noise_enabled and a key from keygen.",
    });
  }
  return findings;
}

/** What is under a permission for a pattern. */
const ENVIRONMENT_ASKED: Finding = {
  level: "ok",
  text: "Environment variables are asked for by the names of the keys and names near them: a " +
    "variable with any other name is not seen. Run check with --allow-env to see all.",
};

function show(title: string, findings: readonly Finding[], out: Io["out"]): void {
  out(`${title}\n`);
  for (const { level, text } of findings) out(`  ${level.padEnd(8)} ${text}\n`);
}
