/**
 * From the text of a result file to a checked document, whatever format it was written in.
 *
 * @module
 */
import { EnvironmentError, fileFailure } from "../core/mod.ts";
import { type Result, RESULT_FORMAT } from "./result.ts";
import { describe } from "./problems.ts";
import { checkShape } from "./schema.ts";

/** A JSON object. */
export type Document = Readonly<Record<string, unknown>>;

/** Turns a document of one format into one of the next. */
export type Migration = (document: Document) => Document;

/** How each older format becomes the next one, by its version tag. Empty as long as there is one format. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {};

/** Problems named in one message; a wrong document usually repeats the same one. */
const MOST_PROBLEMS = 5;

/**
 * Reads a result document, migrating older formats.
 *
 * @param path Where the text is from, for messages.
 * @throws {SyntaxError} If it is no result document; names each wrong value by its JSON path.
 * @throws {EnvironmentError} If its format is newer than this program.
 */
export function parseResult(text: string, path: string): Result {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unreadable(path, `${(error as SyntaxError).message}, expected JSON`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw unreadable(path, `$ is ${describe(value)}, expected an object`);
  }
  return checkResult(migrate(value as Document, path, MIGRATIONS, RESULT_FORMAT), path);
}

/**
 * Checks a document of today's format.
 *
 * @param path Where it is from or goes to, for messages.
 * @throws {SyntaxError} If it is no result document.
 */
export function checkResult(value: unknown, path: string): Result {
  const { result, problems } = checkShape(value);
  if (result !== null) return result;
  const shown = problems.slice(0, MOST_PROBLEMS).join("; ");
  const more = problems.length > MOST_PROBLEMS
    ? `; and ${problems.length - MOST_PROBLEMS} more`
    : "";
  throw unreadable(path, shown + more);
}

/**
 * Applies migrations until the document has the wanted format.
 *
 * @throws {SyntaxError} If the document names no format.
 * @throws {EnvironmentError} If no migration leads from its format to the wanted one.
 */
export function migrate(
  document: Document,
  path: string,
  migrations: Readonly<Record<string, Migration>>,
  wanted: string,
): Document {
  let current = document;
  for (let steps = 0; current.format !== wanted; steps++) {
    const { format } = current;
    if (typeof format !== "string") {
      throw unreadable(path, `$.format is ${describe(format)}, expected ${wanted}`);
    }
    const migration = Object.hasOwn(migrations, format) ? migrations[format] : undefined;
    if (migration === undefined || steps > Object.keys(migrations).length) {
      const known = [...Object.keys(migrations), wanted].join(", ");
      throw new EnvironmentError(
        `Cannot read result ${path}: format is "${format}", expected ${known}`,
        { remedy: "a newer version of skipzero" },
      );
    }
    current = migration(current);
  }
  return current;
}

/**
 * Reads a result file.
 *
 * @throws {EnvironmentError} If it cannot be read, or its format is newer than this program.
 * @throws {SyntaxError} If it is no result document.
 */
export async function readResult(path: string): Promise<Result> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    throw fileFailure("read", path, error);
  }
  return parseResult(text, path);
}

function unreadable(path: string, found: string): SyntaxError {
  return new SyntaxError(`Cannot read result ${path}: ${found}`);
}
