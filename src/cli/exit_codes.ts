/** How a command ends, for scripts. Shown by `help exit-codes`. */
export const ExitCode = {
  /** The command did what it was asked to. */
  ok: 0,
  /** It failed while it ran, or what it looked at is not in order. */
  failed: 1,
  /** The command line was not understood. */
  usage: 2,
  /** The configuration has faults. */
  config: 3,
  /** No configured node can be used. */
  node: 4,
  /** The runtime's permissions do not suffice; the message names the flags. */
  permission: 5,
} as const;

/** One of {@link ExitCode}. */
export type ExitCode = typeof ExitCode[keyof typeof ExitCode];

/** What each code means, in the order of the codes. */
export const EXIT_CODE_MEANINGS: readonly (readonly [ExitCode, string])[] = [
  [ExitCode.ok, "done"],
  [ExitCode.failed, "failed while it ran, or what was looked at is not in order"],
  [ExitCode.usage, "the command line was not understood"],
  [ExitCode.config, "the configuration has faults"],
  [ExitCode.node, "no configured node can be used"],
  [ExitCode.permission, "a permission is missing; the message names the flags to add"],
];
