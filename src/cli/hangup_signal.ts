/** SIGHUP in a command that serves. */
export interface HangupSignal extends Disposable {
  /** Calls for each request to look after the log, and at once for one that came before. */
  listen(asked: () => void): void;
}

/**
 * Listens for SIGHUP until it is disposed of. Two parties send it: whoever rotates logs, to whom the
 * command goes on, and a system whose terminal has gone away. They are told apart by the streams that
 * were a terminal at the start: the system takes it away before it sends the signal.
 *
 * @param terminalGone the command was started on a terminal that is not there any more.
 */
export function hangupSignal(terminalGone: () => void): HangupSignal {
  const terminals = [Deno.stdin, Deno.stdout, Deno.stderr].filter((each) => each.isTerminal());
  let asked: (() => void) | undefined;
  let missed = false;
  const listener = (): void => {
    if (terminals.length > 0 && !terminals.some((each) => each.isTerminal())) terminalGone();
    else if (asked !== undefined) asked();
    else missed = true;
  };
  Deno.addSignalListener("SIGHUP", listener);
  return {
    listen(called): void {
      asked = called;
      if (missed) called();
      missed = false;
    },
    [Symbol.dispose]: () => Deno.removeSignalListener("SIGHUP", listener),
  };
}
