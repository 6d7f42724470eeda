import { verifySolution } from "../../mining/equihash/mod.ts";
import {
  BLOCK_LENGTH_MAX,
  type BlockReport,
  blockReportJson,
  inspectBlock,
} from "../../chain/zcash/mod.ts";
import { defineCommand } from "../command.ts";
import { CommandError } from "../errors.ts";
import { ExitCode } from "../exit_codes.ts";
import { ownPermission } from "../launch.ts";
import { readInput } from "../files.ts";
import type { Io } from "../io.ts";
import { flagOption } from "../options.ts";

/** The digits of the greatest block and a quarter of white space; more is no block. */
const INPUT_LENGTH_MAX = 2.5 * BLOCK_LENGTH_MAX;

/** `inspect block`. */
export const inspectBlockCommand = defineCommand({
  name: "inspect block",
  summary: "Say what a block holds and whether it is sound",
  details: `Reads one serialized block, as bytes or as hexadecimal digits, from a file or from
standard input (-). Ends with 0 when the block is sound by itself, with 1 when it is not.`,
  options: { json: flagOption("One JSON object.") },
  operands: { usage: "FILE|-", min: 1, max: 1 },
  needs: (_, [source = "-"]) => source === "-" ? [] : [ownPermission("read", source)],
  async run({ json }, [source = "-"], io) {
    const input = source === "-"
      ? await io.readStdin(INPUT_LENGTH_MAX)
      : readInput(source, INPUT_LENGTH_MAX);
    const report = inspectBlock(blockBytes(input), verifySolution);
    if (json) io.out(`${JSON.stringify(blockReportJson(report))}\n`);
    else show(report, io);
    return report.verdict === "sound" ? ExitCode.ok : ExitCode.failed;
  },
});

/** Hexadecimal digits with white space are read as such, everything else as the block itself. */
function blockBytes(input: Uint8Array): Uint8Array {
  // A serialized block starts with its version, 04 00 00 00 today: no text does.
  const text = new TextDecoder("latin1").decode(input).replace(/\s+/g, "");
  if (!/^[0-9a-fA-F]+$/.test(text)) return input;
  if (text.length % 2 !== 0) {
    throw new CommandError(
      ExitCode.failed,
      `Cannot read the block: ${text.length} hexadecimal digits are an odd count, one is missing ` +
        "or too many",
    );
  }
  return Uint8Array.fromHex(text);
}

function show(report: BlockReport, io: Io): void {
  const { coinbase } = report;
  const rows: (readonly [string, string | number | null])[] = [
    ["verdict", report.verdict],
    ["hash", report.hash],
    ["height", report.height],
    ["size", `${report.size} bytes`],
    ["version", report.version],
    ["previous block", report.previousBlockHash],
    ["merkle root", withVerdict(report.merkleRoot, report.merkleRootValid)],
    ["block commitments", report.blockCommitments],
    ["auth data root", report.authDataRoot],
    ["time", report.time === null ? null : `${report.time} (${utc(report.time)})`],
    ["bits", report.bits],
    ["target", report.target],
    ["hash meets target", yesNo(report.powValid)],
    ["nonce", report.nonce],
    ["Equihash solution", yesNo(report.equihashValid) ?? report.equihashNote],
    ["transactions", report.transactionCount],
    ["coinbase version", coinbase?.version ?? null],
    ["coinbase script", coinbase === null ? null : coinbase.scriptText],
    ...(coinbase?.outputs ?? []).map(({ valueZat, form, script }, index) =>
      [`coinbase output ${index}`, `${valueZat} zat to ${form} ${script}`] as const
    ),
    ["coinbase shielded", coinbase === null ? null : `${coinbase.shieldedZat} zat`],
  ];
  for (const [name, value] of rows) if (value !== null) io.out(`${name.padEnd(20)}${value}\n`);
  for (const fault of report.faults) io.out(`${"fault".padEnd(20)}${fault}\n`);
}

function withVerdict(text: string | null, valid: boolean | null): string | null {
  return text === null || valid === null ? text : `${text} (${valid ? "right" : "wrong"})`;
}

function yesNo(value: boolean | null): string | null {
  return value === null ? null : value ? "valid" : "not valid";
}

/** A time of 32 bits is always a date. */
function utc(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", " UTC").replace("T", " ");
}
