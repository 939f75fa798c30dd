/**
 * SQuAD v1.1 in the JSON that is published: paragraphs, and questions whose answers stand in them.
 *
 * @module
 */
import type { Skips } from "./skips.ts";

/** A text that questions are about. */
export interface Paragraph {
  /** The text. */
  readonly context: string;
  /** Questions about it. */
  readonly questions: readonly Question[];
}

/** A question and its answers. */
export interface Question {
  /** The published id. */
  readonly id: string;
  /** The question. */
  readonly question: string;
  /** Answers that people gave, all of them right. At least one. */
  readonly answers: readonly Answer[];
}

/** An answer and where it stands. */
export interface Answer {
  /** Its text, as it stands in the paragraph. */
  readonly text: string;
  /** Its first character in the paragraph, in UTF-16 units. */
  readonly start: number;
}

/** Counts questions. */
export function countQuestions(paragraphs: readonly Paragraph[]): number {
  return paragraphs.reduce((sum, { questions }) => sum + questions.length, 0);
}

/**
 * Reads the content of a file.
 *
 * Offsets of the file count Unicode characters; here they count UTF-16 units.
 *
 * @param path Only for messages.
 * @throws {SyntaxError} If it is no JSON or not of this shape; names the place.
 */
export function parseSquad(text: string, path: string): readonly Paragraph[] {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot read ${path}: ${(error as SyntaxError).message}, expected JSON`);
  }
  const articles = listAt(root, "data", path, "top");
  const paragraphs = articles.flatMap((article, i) =>
    listAt(article, "paragraphs", path, `data[${i}]`).map((paragraph, j) =>
      readParagraph(paragraph, path, `data[${i}].paragraphs[${j}]`)
    )
  );
  if (paragraphs.length > 0) return paragraphs;
  throw new SyntaxError(`Cannot read ${path}: it has no paragraphs, expected SQuAD v1.1`);
}

function readParagraph(value: unknown, path: string, place: string): Paragraph {
  const context = textAt(value, "context", path, place);
  const toUnits = unitsOf(context);
  const questions = listAt(value, "qas", path, place).map((qa, i) => {
    const here = `${place}.qas[${i}]`;
    const answers = listAt(qa, "answers", path, here).map((answer, j): Answer => {
      const at = `${here}.answers[${j}]`;
      const start = fieldOf(answer, "answer_start");
      if (!Number.isInteger(start)) wrong(path, `${at}.answer_start`, start, "an integer");
      return { text: textAt(answer, "text", path, at), start: toUnits(start as number) }; // checked
    });
    if (answers.length === 0) wrong(path, `${here}.answers`, [], "at least one (SQuAD v1.1)");
    return {
      id: textAt(qa, "id", path, here),
      question: textAt(qa, "question", path, here),
      answers,
    };
  });
  return { context, questions };
}

/** Offsets in UTF-16 units from those in characters; they differ where a character takes two units. */
function unitsOf(text: string): (characters: number) => number {
  if (!/[\ud800-\udbff]/.test(text)) return (characters) => characters;
  const starts: number[] = [];
  let units = 0;
  for (const character of text) {
    starts.push(units);
    units += character.length;
  }
  return (characters) => starts[characters] ?? text.length + characters;
}

/** Leaves out questions whose first answer does not stand where the file says, as no span can be learnt from them. */
export function withFoundAnswers(
  paragraphs: readonly Paragraph[],
  skips: Skips,
): readonly Paragraph[] {
  return paragraphs.map(({ context, questions }) => ({
    context,
    questions: questions.filter(({ id, answers: [answer] }) => {
      const { text, start } = answer!; // parseSquad() saw to it
      // A place before the text would be taken for its beginning.
      if (text.length > 0 && start >= 0 && context.startsWith(text, start)) return true;
      skips.add(id, `${JSON.stringify(text.slice(0, 40))} does not stand at ${start}`);
      return false;
    }),
  }));
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)[key] // an object has string keys
    : undefined;
}

function listAt(value: unknown, key: string, path: string, place: string): readonly unknown[] {
  const list = fieldOf(value, key);
  return Array.isArray(list) ? list : wrong(path, `${place}.${key}`, list, "a list");
}

function textAt(value: unknown, key: string, path: string, place: string): string {
  const text = fieldOf(value, key);
  return typeof text === "string" ? text : wrong(path, `${place}.${key}`, text, "a text");
}

function wrong(path: string, place: string, found: unknown, wanted: string): never {
  const shown = (JSON.stringify(found) ?? "missing").slice(0, 40);
  throw new SyntaxError(`Cannot read ${path}: ${place} is ${shown}, expected ${wanted}`);
}
