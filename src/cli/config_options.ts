import {
  loadConfig,
  type LoadedConfig,
  type NeededPermission,
  neededPermissions,
  type Setting,
} from "../service/config/mod.ts";
import { UsageError } from "./errors.ts";
import { type OptionValues, repeatedOption, sharedOptions, textOption } from "./options.ts";

/** Options that stand for one key each. */
const SHORTCUTS = {
  "pool-address": ["payout.pool_address", "ADDRESS", "The address that the pool's blocks pay."],
  "zebra-cookie": ["zebra.cookie_file", "FILE", "The node's cookie file."],
  "listen": ["server.listen_addr", "HOST:PORT", "Where miners connect."],
  "metrics-listen": ["metrics.listen_addr", "HOST:PORT", "Where metrics are served."],
  "network": ["mining.network", "NAME", "The Zcash network: auto, main, test or regtest."],
  "data-dir": ["server.data_dir", "DIR", "Where records and found blocks are kept."],
  "log-level": ["logging.level", "LEVEL", "debug, info, warn or error."],
  "log-format": ["logging.format", "FORMAT", "json or pretty."],
} as const;

type ShortcutName = keyof typeof SHORTCUTS;

const shortcutOptions = Object.fromEntries(
  Object.entries(SHORTCUTS).map(([name, [path, placeholder, doc]]) => [
    name,
    textOption(placeholder, `${doc} Sets ${path}.`),
  ]),
) as Record<ShortcutName, ReturnType<typeof textOption>>;

/** The options by which a command is told its configuration. */
export const CONFIG_OPTIONS = sharedOptions({
  config: textOption(
    "FILE",
    "The configuration, a TOML file. Without it options, environment and defaults serve.",
  ),
  "zebra-url": repeatedOption("URL", "The node's RPC address. Sets zebra.urls."),
  ...shortcutOptions,
  set: repeatedOption("SECTION.KEY=VALUE", "Any key of the configuration, except secrets."),
});

/** How the configuration options explain themselves in a command's help. */
export const CONFIG_DETAILS =
  `Options win over the environment (POOL__SECTION__KEY), that over the file, that over the
defaults. Secrets come from the file, the environment, or a file of their own (SECTION.KEY_file);
never from the command line.`;

/** A configuration and where it came from. */
export interface ConfigFromOptions {
  readonly parsed: LoadedConfig;
  readonly needed: readonly NeededPermission[];
}

/**
 * Loads the configuration that the options name, with or without what stands in secret files.
 *
 * @throws {ConfigError} with every fault; {UsageError} for a `--set` without a key.
 */
export function loadFromOptions(
  values: OptionValues<typeof CONFIG_OPTIONS>,
  how: { readonly withoutSecrets?: boolean } = {},
): ConfigFromOptions {
  const configFile = values.config;
  const parsed = loadConfig({
    ...how,
    ...(configFile === undefined ? {} : { configFile }),
    settings: settingsOf(values),
  });
  return { parsed, needed: neededPermissions(parsed, configFile) };
}

function settingsOf(values: OptionValues<typeof CONFIG_OPTIONS>): Setting[] {
  const settings: Setting[] = [];
  for (const [name, [path]] of Object.entries(SHORTCUTS)) {
    const text = values[name as ShortcutName];
    if (text !== undefined) settings.push({ path, text, label: `--${name}` });
  }
  const urls = values["zebra-url"];
  if (urls.length > 0) {
    settings.push({ path: "zebra.urls", text: urls.join(","), label: "--zebra-url" });
  }
  return [...settings, ...values.set.map(readSetting)];
}

function readSetting(text: string): Setting {
  const match = /^([\w-]{1,60}\.[\w-]{1,60})=(.*)$/s.exec(text);
  if (match === null) {
    // Not shown as given: it may be a secret that was put in the wrong place.
    throw new UsageError("--set takes SECTION.KEY=VALUE, for instance mining.tag=my-pool");
  }
  const [, path = "", value = ""] = match;
  return { path, text: value, label: "--set" };
}
