/**
 * A terminal for tests: keeps what is written.
 *
 * @module
 */
import type { Terminal } from "./terminal.ts";

/** Lines that a command wrote. */
export interface Written {
  /** Standard output. */
  readonly out: string[];
  /** Standard error, progress included. */
  readonly err: string[];
}

/** A terminal without colours, and what was written to it. */
export function fakeTerminal(
  signal: AbortSignal = new AbortController().signal,
): { readonly terminal: Terminal; readonly written: Written } {
  const written: Written = { out: [], err: [] };
  const terminal: Terminal = {
    print: (text) => void written.out.push(text),
    say: (text) => void written.err.push(text),
    fail: (text) => void written.err.push(text),
    paint: (_colour, text) => text,
    progress: {
      show: ({ stage, detail }) => void written.err.push(`${stage} ${detail}`),
      finish: (stage, note) => void written.err.push(`${stage} ${note}`),
      pause: () => {},
    },
    signal,
  };
  return { terminal, written };
}
