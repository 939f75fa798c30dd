/**
 * What is wrong with a value, in words: `sparsity.target is 90, expected a fraction from 0 to 1`.
 *
 * @module
 */
import type { z } from "zod";
import { didYouMean } from "../core/mod.ts";

/** Keys and indices from the top of the file to a value. */
export type Path = readonly (string | number)[];

/** One thing that is wrong, and where. */
export interface Found {
  /** Where the value is, or should be. */
  readonly path: Path;
  /** Whether the key itself is wrong, not its value. */
  readonly atKey: boolean;
  /** The sentence. */
  readonly text: string;
}

type RawIssue = Parameters<z.core.$ZodErrorMap>[0];
type JsonSchema = Readonly<Record<string, unknown>>;

/** The wanted half of the sentence, where the schema does not word it itself. */
export function wantedOf(issue: RawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return kindName(issue.expected);
    case "invalid_value":
      return issue.values.map(String).join(issue.values.length > 2 ? ", " : " or ");
    case "too_small":
      return issue.inclusive
        ? `a number of at least ${issue.minimum}`
        : `a number above ${issue.minimum}`;
    case "too_big":
      return issue.inclusive
        ? `a number of at most ${issue.maximum}`
        : `a number below ${issue.maximum}`;
    case "invalid_union":
      // Zod knows the alternatives of a key that tells mappings apart.
      return "options" in issue && Array.isArray(issue.options)
        ? issue.options.map(String).join(" or ")
        : "something else";
    default:
      return "something else";
  }
}

/**
 * Everything that zod found, as sentences. Unknown keys name the nearest known one.
 *
 * @param value What was checked.
 * @param schema Its JSON Schema, which knows the keys.
 */
export function foundIssues(
  issues: readonly z.core.$ZodIssue[],
  value: unknown,
  schema: JsonSchema,
): Found[] {
  return issues.flatMap((issue): Found[] => {
    const path = issue.path.filter((key) => typeof key !== "symbol");
    if (issue.code === "unrecognized_keys") {
      const known = keysAt(schema, path, value);
      return issue.keys.map((key) => unknownKey([...path, key], known));
    }
    const branch = issue.code === "invalid_union" ? insideUnion(issue, value) : null;
    if (branch) return foundIssues(branch, value, schema);
    return [{ path, atKey: false, text: sentence(path, valueAt(value, path), issue.message) }];
  });
}

/** `sparsity.target`, `claim.sources[0].url`, or `the file` for the whole. */
export function pathName(path: Path): string {
  if (path.length === 0) return "the file";
  return path.map((key) => typeof key === "number" ? `[${key}]` : `.${key}`).join("").slice(1);
}

/** The value at a path, `undefined` where there is none. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce(
    (at: unknown, key) => isContainer(at) ? at[key] : undefined,
    value,
  );
}

function sentence(path: Path, value: unknown, wanted: string): string {
  const found = value === undefined ? "missing" : describeValue(value);
  return `${pathName(path)} is ${found}, expected ${wanted}`;
}

function unknownKey(path: Path, known: readonly string[]): Found {
  const near = didYouMean(String(path.at(-1)), known);
  const wanted = near ? `"${near}"` : `one of ${known.join(", ")}`;
  return {
    path,
    atKey: true,
    text: `${pathName(path)} is an unknown key, expected ${wanted}`,
  };
}

function describeValue(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "a mapping";
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}..."` : text;
}

/** Of a union with a mapping in it, the issues inside the mapping, if a mapping was given. */
function insideUnion(
  issue: Extract<z.core.$ZodIssue, { code: "invalid_union" }>,
  value: unknown,
): z.core.$ZodIssue[] | null {
  const path = issue.path.filter((key) => typeof key !== "symbol");
  const given = valueAt(value, path);
  if (!isContainer(given) || Array.isArray(given)) return null;
  const inside = issue.errors.find((errors) =>
    errors.every((error) => error.path.length > 0 || error.code === "unrecognized_keys")
  );
  return inside?.map((error) => ({ ...error, path: [...path, ...error.path] })) ?? null;
}

function keysAt(schema: JsonSchema, path: Path, value: unknown): string[] {
  let at = branches(schema, value);
  for (const [index, key] of path.entries()) {
    const below = valueAt(value, path.slice(0, index + 1));
    at = at.map((branch) =>
      typeof key === "number" ? branch.items : valueAt(branch.properties, [key])
    ).filter(isSchema).flatMap((one) => branches(one, below));
  }
  return at.flatMap(({ properties }) => isSchema(properties) ? Object.keys(properties) : []);
}

/** The alternatives of a schema that the constants in a value leave, such as its `architecture`. */
function branches(schema: JsonSchema, value: unknown): JsonSchema[] {
  const all = schema.anyOf ?? schema.oneOf;
  if (!Array.isArray(all)) return [schema];
  return all.filter(isSchema).filter(({ properties }) =>
    !isSchema(properties) || Object.entries(properties).every(([key, field]) => {
      const given = valueAt(value, [key]);
      return !isSchema(field) || field.const === undefined || given === undefined ||
        field.const === given;
    })
  );
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isContainer(value: unknown): value is Readonly<Record<string | number, unknown>> {
  return typeof value === "object" && value !== null;
}

function kindName(expected: string): string {
  const names: Readonly<Record<string, string>> = {
    object: "a mapping",
    array: "a list",
    tuple: "a list",
    string: "a text",
    number: "a number",
    int: "a whole number",
    boolean: "true or false",
  };
  return names[expected] ?? expected;
}
