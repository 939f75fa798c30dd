/**
 * Asking the system without insisting: an answer, or the reason why there is none.
 *
 * @module
 */

/** An answer, or `null` with the reason. */
export type Probed<T> =
  | { readonly value: T; readonly reason: null }
  | {
    readonly value: null;
    /** Why there is no answer, e.g. `deno run lacks --allow-run=git`. */
    readonly reason: string;
  };

/** Asks, and turns a failure into its reason. */
export async function probe<T>(ask: () => T | Promise<T>): Promise<Probed<T>> {
  try {
    return { value: await ask(), reason: null };
  } catch (error) {
    return { value: null, reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof Deno.errors.NotCapable) {
    const flag = /--allow-[\w-]+/.exec(error.message)?.[0] ?? "a permission";
    return `deno run lacks ${flag}`;
  }
  return error.message.split("\n")[0]!;
}

/**
 * Standard output of a command.
 *
 * @throws {Error} If it may not be run without asking, is not installed, or fails; the message is one line.
 */
export async function runText(command: string, ...args: string[]): Promise<string> {
  const permission = await Deno.permissions.query({ name: "run", command });
  if (permission.state !== "granted") throw new Error(`deno run lacks --allow-run=${command}`);
  let output: Deno.CommandOutput;
  try {
    // Another language would rename what is parsed.
    const options = { args, stdin: "null", env: { LC_ALL: "C" } } as const;
    output = await new Deno.Command(command, options).output();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new Error(`${command} is not installed`);
    throw error;
  }
  if (output.success) return new TextDecoder().decode(output.stdout);
  const said = new TextDecoder().decode(output.stderr).trim().split("\n")[0]!;
  throw new Error(said.replace(/^\S+: /, "") || `${command} ended with code ${output.code}`);
}
