/**
 * Ctrl-C: what is finished is kept, and the same command goes on from there.
 *
 * @module
 */

/** Reason of the signal that ends a run. */
export class Interruption extends Error {
  /** Tells it apart in logs. */
  override readonly name = "Interruption";

  /** Takes nothing: the message is for people. */
  constructor() {
    super("Interrupted. What is finished is kept; run the same command again to go on.");
  }
}

/** Exit code of a program that Ctrl-C ended: 128 + SIGINT. */
export const INTERRUPTED = 130;

/** One Ctrl-C may arrive twice, from the terminal and from `deno task`; what comes later is another one. */
const ECHO_MS = 1000;

/**
 * A signal that Ctrl-C aborts. A second Ctrl-C ends the process at once, unless a parent process decides about that.
 *
 * @param hasParent Whether this process was started by another one of this program.
 */
export function onInterrupt(hasParent: boolean): AbortSignal {
  const control = new AbortController();
  let first = 0;
  const stop = (): void => {
    if (!control.signal.aborted) first = performance.now();
    else if (!hasParent && performance.now() - first > ECHO_MS) Deno.exit(INTERRUPTED);
    control.abort(new Interruption());
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, stop);
  return control.signal;
}
