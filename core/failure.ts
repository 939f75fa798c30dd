/**
 * Failures that are the user's to mend, and how every failure is told.
 *
 * Errors of the program itself use the built-in classes by meaning (`RangeError`, `TypeError`, `SyntaxError`).
 *
 * @module
 */

/** What an {@linkcode EnvironmentError} or {@linkcode UsageError} carries besides its message. */
export interface FailureOptions {
  /** A command or act that helps, printed after `Try:`. */
  readonly remedy?: string;
  /** The error underneath. */
  readonly cause?: unknown;
}

/** Something outside the program is missing or refused: data, a permission, disk space, a CPU feature. */
export class EnvironmentError extends Error {
  /** Class name, shown in stack traces. */
  override readonly name = "EnvironmentError";
  /** A command or act that helps. */
  readonly remedy?: string;

  /** Takes the message in the form `Cannot <verb> <object>: <found>, expected <wanted>`. */
  constructor(message: string, options: FailureOptions = {}) {
    super(message, { cause: options.cause });
    if (options.remedy !== undefined) this.remedy = options.remedy;
  }
}

/** The program was asked for something that it does not have: an unknown command, option or name. */
export class UsageError extends Error {
  /** Class name, shown in stack traces. */
  override readonly name = "UsageError";
  /** A command or act that helps. */
  readonly remedy?: string;

  /** Takes the message in the form `Cannot <verb> <object>: <found>, expected <wanted>`. */
  constructor(message: string, options: FailureOptions = {}) {
    super(message, { cause: options.cause });
    if (options.remedy !== undefined) this.remedy = options.remedy;
  }
}

/**
 * What to print for an error: its message and, where one is known, the remedy on a second line.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const error = new UsageError("Cannot run suite: kernel", { remedy: "bench kernels" });
 * assertEquals(describeFailure(error), "Cannot run suite: kernel\nTry: bench kernels");
 * ```
 */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const message = error.message || error.name;
  const remedy = error instanceof EnvironmentError || error instanceof UsageError
    ? error.remedy
    : undefined;
  return remedy === undefined ? message : `${message}\nTry: ${remedy}`;
}

/** The process's exit code for an error: 2 usage, 3 environment, 1 everything else. */
export function exitCodeOf(error: unknown): 1 | 2 | 3 {
  if (error instanceof UsageError) return 2;
  return error instanceof EnvironmentError ? 3 : 1;
}
