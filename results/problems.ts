/**
 * What is wrong with a document, in words: `$.comparisons[3].ratio.low is "a", expected number`.
 *
 * @module
 */
import type { z } from "zod";

/** The wanted half of the sentence `$.x is ..., expected <wanted>`. */
export function wantedOf(issue: Parameters<z.core.$ZodErrorMap>[0]): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.expected;
    case "invalid_value":
      return issue.values.map((value) => JSON.stringify(value)).join(", ");
    case "invalid_format":
      return issue.format;
    case "too_small":
      return `at least ${issue.minimum}`;
    case "too_big":
      return `at most ${issue.maximum}`;
    default:
      return issue.code.replaceAll("_", " ");
  }
}

/** One thing that is wrong, its place as a JSON path. */
export function problemOf(issue: z.core.$ZodIssue, root: unknown): string {
  const where = issue.path.map((key) => typeof key === "number" ? `[${key}]` : `.${String(key)}`);
  if (issue.code === "unrecognized_keys") {
    return `$${where.join("")} has ${issue.keys.join(", ")}, expected no such field`;
  }
  const found = issue.path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
    root,
  );
  return `$${where.join("")} is ${describe(found)}, expected ${issue.message}`;
}

/** A value as JSON, shortened. */
export function describe(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "number") return String(value);
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
