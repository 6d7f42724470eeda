import { bytesToHex, systemRandom } from "../../base/mod.ts";
import {
  type AuthorityKeyPair,
  formatAuthorityKey,
  formatPoolUrl,
  generateAuthorityKeyPair,
  parseAuthoritySecretKey,
} from "../../wire/noise/mod.ts";
import { defineCommand } from "../command.ts";
import { ownPermission } from "../launch.ts";
import { UsageError } from "../errors.ts";
import { ExitCode } from "../exit_codes.ts";
import { readInput, writeSecretFile } from "../files.ts";
import { countOption, flagOption, textOption } from "../options.ts";

/** A key in either form with white space around it. */
const KEY_FILE_LENGTH_MAX = 1024;

/** `keygen`. */
export const keygen = defineCommand({
  name: "keygen",
  summary: "Make the key by which miners know the pool",
  details:
    `Prints the private key (noise_private_key in [security]; keep it secret), the public key, and
the line that miners are given. The private key is all that the pool needs: with --from the other
two are printed again for a key that exists.`,
  options: {
    host: textOption("NAME", "The pool's name or address in the miners' line."),
    port: countOption(
      { min: 1, max: 65535, preset: 3333 },
      "The pool's port in the miners' line.",
    ),
    out: textOption(
      "FILE",
      "Write the private key to a new file that only its owner may read, instead of printing it.",
    ),
    from: textOption("FILE", "Use the private key in this file instead of a new one."),
    rotate: flagOption("Say how a key that miners already know is changed for the new one."),
    json: flagOption("One JSON object."),
  },
  needs: ({ out, from }) => [
    ...out === undefined ? [] : [ownPermission("write", out)],
    ...from === undefined ? [] : [ownPermission("read", from)],
  ],
  run(options, _operands, io) {
    const hostname = readHost(options.host ?? "YOUR-POOL");
    const pair = options.from === undefined
      ? generateAuthorityKeyPair(systemRandom)
      : readKey(options.from);
    const secret = bytesToHex(pair.secretKey);
    if (options.out !== undefined) writeSecretFile(options.out, `${secret}\n`);
    const hidden = options.out !== undefined || options.from !== undefined;
    const shown = {
      ...(hidden ? {} : { private_key: secret }),
      ...(options.out === undefined ? {} : { private_key_file: options.out }),
      public_key: formatAuthorityKey(pair.publicKey),
      miner_url: formatPoolUrl({
        hostname,
        port: options.port,
        authorityKey: pair.publicKey,
      }),
    };
    io.out(options.json ? `${JSON.stringify(shown)}\n` : describe(shown));
    if (options.rotate) io.err(`\n${ROTATION}\n`);
    return ExitCode.ok;
  },
});

/** A name, an IPv4 address, or an IPv6 address with or without brackets. */
function readHost(text: string): string {
  const address = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  if (/^[0-9a-fA-F:.]{2,45}$/.test(address) && /:.*:/.test(address)) return address;
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/.test(text)) return text;
  throw new UsageError(
    `--host = ${JSON.stringify(text)}: allowed is a name or an address; the port is --port`,
  );
}

function readKey(path: string): AuthorityKeyPair {
  const text = new TextDecoder().decode(readInput(path, KEY_FILE_LENGTH_MAX));
  return parseAuthoritySecretKey(text.trim());
}

interface ShownKey {
  readonly private_key?: string;
  readonly private_key_file?: string;
  readonly public_key: string;
  readonly miner_url: string;
}

function describe(shown: ShownKey): string {
  return [
    ...shown.private_key === undefined ? [] : [`Private key:  ${shown.private_key}  (keep secret)`],
    ...shown.private_key_file === undefined ? [] : [`Private key:  in ${shown.private_key_file}`],
    `Public key:   ${shown.public_key}  (share with miners)`,
    `Miners' line: ${shown.miner_url}`,
    "",
  ].join("\n");
}

/** What stands behind it: SV2 has no message that tells a miner a new authority key. */
const ROTATION = `How to change the key that miners know:

A miner refuses a pool whose certificate was signed by another key than the one it was given, and
no message of the protocol tells it a new one. So every miner has to be given the new line by its
owner, before the change.

1. Publish the new line with the hour of the change. Miners put it behind the old one in their list
   of pools: the same host and port, the other key. Until the change the new entry is refused, from
   then on the old one is, and either way the miner takes the entry that works.
2. At that hour put the new private key into [security] noise_private_key (or its file) and restart
   the pool. Connections end and come back by the new entry.
3. Watch pool_connections_noise_total and the number of miners: those that stay away have not been
   given the new line.
4. When all are back, tell miners to take the old line out of their lists, and destroy the old
   private key.

If the old private key may have become known, change it at once and have the old line taken out
first: a certificate cannot be revoked, and whoever has the old key can pose as this pool for every
miner that still lists it.`;
