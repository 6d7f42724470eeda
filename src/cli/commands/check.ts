import { systemClock } from "../../base/mod.ts";
import type { ParsedConfig } from "../../config/mod.ts";
import { makeNodes, moneyWarnings } from "../../pool/mod.ts";
import { defineCommand } from "../command.ts";
import { CONFIG_DETAILS, CONFIG_OPTIONS, loadFromOptions } from "../config_options.ts";
import { ExitCode } from "../exit_codes.ts";
import type { Finding } from "../finding.ts";
import type { Io } from "../io.ts";
import { checkMachine } from "../machine_check.ts";
import { checkNode } from "../node_check.ts";
import { flagOption } from "../options.ts";
import { requirePermissions } from "../required_permissions.ts";

/** `check`. */
export const check = defineCommand({
  name: "check",
  summary: "Say whether a configuration is right and its nodes usable, without starting",
  details:
    `Tries the ports, the data directory, the database and the log file as well, as far as it is
permitted to. Ends with 3 when the configuration has faults or asks this machine for what it does
not give, and with 4 when no node is usable.

${CONFIG_DETAILS}`,
  options: { ...CONFIG_OPTIONS, json: flagOption("One JSON object.") },
  async run(options, _operands, io) {
    const { parsed, needed } = loadFromOptions(options);
    requirePermissions(
      needed.filter(({ use }) => use === "call the node" || use === "read the node's cookie"),
    );
    const nodes = await Promise.all(
      makeNodes(parsed.config, systemClock).map(async (node) => ({
        url: node.url,
        findings: await checkNode(node, parsed.config, systemClock.now()),
      })),
    );
    const usable = nodes.some(({ findings }) => findings.every(({ level }) => level !== "fault"));
    const configuration = configurationFindings(parsed);
    const machine = await checkMachine(parsed, needed, systemClock);
    const startable = machine.every(({ level }) => level !== "fault");
    if (options.json) {
      io.out(`${JSON.stringify({ usable, startable, configuration, machine, nodes })}\n`);
    } else {
      show("configuration", configuration, io.out);
      show("this machine", machine, io.out);
      for (const { url, findings } of nodes) show(`node ${url}`, findings, io.out);
      io.out(verdict(usable, startable));
    }
    if (!startable) return ExitCode.config;
    return usable ? ExitCode.ok : ExitCode.node;
  },
});

function verdict(usable: boolean, startable: boolean): string {
  if (!startable) return "The pool cannot start on this machine.\n";
  return usable ? "The pool can start.\n" : "No configured node can be used.\n";
}

function configurationFindings({ config, warnings }: ParsedConfig): Finding[] {
  const findings: Finding[] = [{ level: "ok", text: "The configuration has no faults." }];
  for (const { message } of warnings) findings.push({ level: "warning", text: message });
  for (const { text } of moneyWarnings(config)) findings.push({ level: "warning", text });
  if (!config.security.noiseEnabled) {
    findings.push({
      level: "warning",
      text: "Miners' connections are not encrypted: whoever is between can take their work. Set " +
        "security.noise_enabled and a key from keygen.",
    });
  }
  return findings;
}

function show(title: string, findings: readonly Finding[], out: Io["out"]): void {
  out(`${title}\n`);
  for (const { level, text } of findings) out(`  ${level.padEnd(8)} ${text}\n`);
}
