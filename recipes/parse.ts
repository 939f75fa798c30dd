/**
 * From YAML to a recipe, or to every problem in it with line and column.
 *
 * @module
 */
import { basename } from "@std/path";
import { type Document, isMap, isNode, isPair, isScalar, LineCounter, parseDocument } from "yaml";
import { EnvironmentError, UsageError } from "../core/mod.ts";
import { contradictions } from "./checks.ts";
import type { Found, Path } from "./issues.ts";
import type { Recipe } from "./recipe.ts";
import { checkShape } from "./schema.ts";

interface Problem {
  readonly offset: number;
  readonly text: string;
}

/**
 * Reads a recipe.
 *
 * @param path Only for messages, and for the name: a file must be called like the recipe in it.
 * @throws {UsageError} If anything is wrong; names every problem as `path:line:col: what, expected what`.
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { UsageError } from "../core/mod.ts";
 * assertThrows(() => parseRecipe("format: 2", "x.yaml"), UsageError, "x.yaml:1:9: format is 2");
 * ```
 */
export function parseRecipe(text: string, path: string): Recipe {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => ({
      offset: error.pos[0],
      text: `${lowerFirst(error.message)}, expected YAML`,
    }));
    throw failure(path, problems, lines);
  }
  const { recipe, issues } = checkShape(valueOf(document, path));
  const found = issues ?? [...contradictions(recipe), ...checkName(recipe, path)];
  if (recipe && found.length === 0) return recipe;
  const problems = found.map((one) => ({ offset: offsetOf(document, one), text: one.text }));
  throw failure(path, problems, lines);
}

/**
 * Reads a recipe file.
 *
 * @throws {EnvironmentError} If the file cannot be read.
 * @throws {UsageError} If anything in it is wrong.
 */
export async function readRecipe(path: string): Promise<Recipe> {
  return parseRecipe(await readText(path), path);
}

async function readText(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    const found = cause instanceof Deno.errors.NotFound ? "no such file" : String(cause);
    throw new EnvironmentError(`Cannot read recipe ${path}: ${found}, expected a readable file`, {
      remedy: "deno task list",
      cause,
    });
  }
}

function valueOf(document: Document, path: string): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    // The only way to fail here: so many aliases of aliases that the value would fill the memory.
    const found = cause instanceof Error ? lowerFirst(cause.message) : String(cause);
    throw new UsageError(`Cannot parse ${path}: ${found}, expected no aliases`, { cause });
  }
}

function checkName(recipe: Recipe, path: string): Found[] {
  const wanted = basename(path).replace(/\.ya?ml$/, "");
  if (!/\.ya?ml$/.test(path) || recipe.name === wanted) return [];
  const text = `name is "${recipe.name}", expected "${wanted}" as in the file's name`;
  return [{ path: ["name"], atKey: false, text }];
}

/** One problem stands beside its place on one line; several follow as a list, in the order of the file. */
function failure(path: string, problems: readonly Problem[], lines: LineCounter): UsageError {
  const sorted = [...problems].sort((a, b) => a.offset - b.offset).map(({ offset, text }) => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${Math.max(1, line)}:${Math.max(1, col)}: ${text}`;
  });
  if (sorted.length === 1) return new UsageError(`Cannot parse ${sorted[0]}`);
  return new UsageError(
    `Cannot parse ${path}: ${sorted.length} problems, expected none\n  ${sorted.join("\n  ")}`,
  );
}

/** Where in the text the value is; for a key, the key; for what is missing, the key of the mapping it belongs in. */
function offsetOf(document: Document, { path, atKey }: Found): number {
  if (atKey) return keyOffset(document, path) ?? 0;
  const node = document.getIn(path, true);
  if (isNode(node) && node.range) return node.range[0];
  for (let end = path.length - 1; end > 0; end--) {
    const offset = keyOffset(document, path.slice(0, end));
    if (offset !== null) return offset;
  }
  return 0;
}

function keyOffset(document: Document, path: Path): number | null {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) {
    const node = document.getIn(path, true);
    return isNode(node) && node.range ? node.range[0] : null;
  }
  const pair = parent.items.find((item) =>
    isPair(item) && isScalar(item.key) && item.key.value === path.at(-1)
  );
  return isScalar(pair?.key) && pair.key.range ? pair.key.range[0] : null;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
