/**
 * Where tokens stand in their text, so that a span of tokens can be given back as it was written.
 *
 * @module
 */
import type { WordPiece } from "./wordpiece.ts";

/** Tokens of a text, and where each stands in it. */
export interface OffsetTokens {
  /** Token ids, as {@linkcode WordPiece.encode} gives them. */
  readonly ids: readonly number[];
  /** First character of each token, in UTF-16 units. */
  readonly begins: readonly number[];
  /** Character after the last of each token. */
  readonly ends: readonly number[];
}

/** A character as the tokenizer sees it, and where it came from. */
interface Seen {
  readonly character: string;
  readonly begin: number;
  readonly end: number;
}

const PUNCTUATION = /^[\p{P}!-/:-@[-`{-~]$/u;
/** The blocks that BERT treats as words of one character. */
const IDEOGRAPH =
  /^[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b820}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]$/u;
/** What BERT drops: control and format characters, the replacement character, and accents once they stand alone. */
const DROPPED = /^[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Mn}\ufffd]$/u;

/** Words to remember. */
const MOST_KNOWN = 200_000;

/** Makes a function that tokenises a text and keeps track of where each token came from. */
export function createOffsetEncoder(wordpiece: WordPiece): (text: string) => OffsetTokens {
  const known = new Map<string, OffsetTokens>();
  return (text) => {
    const tokens = { ids: [] as number[], begins: [] as number[], ends: [] as number[] };
    for (const { index, 0: word } of text.matchAll(/\S+/g)) {
      const inWord = known.get(word) ?? encodeWord(wordpiece, word);
      if (known.size < MOST_KNOWN) known.set(word, inWord);
      inWord.ids.forEach((id, i) => {
        tokens.ids.push(id);
        tokens.begins.push(index + inWord.begins[i]!);
        tokens.ends.push(index + inWord.ends[i]!);
      });
    }
    return tokens;
  };
}

function encodeWord(wordpiece: WordPiece, word: string): OffsetTokens {
  const [ids, begins, ends]: [number[], number[], number[]] = [[], [], []];
  for (const piece of piecesOf(word)) {
    let at = 0;
    for (const id of wordpiece.encode(piece.map(({ character }) => character).join(""))) {
      const length = id === wordpiece.unk ? piece.length : charactersOf(wordpiece.tokens[id]!);
      ids.push(id);
      begins.push(piece[at]!.begin);
      ends.push(piece[Math.min(at + length, piece.length) - 1]!.end);
      at += length;
    }
  }
  return { ids, begins, ends };
}

/** A word's pieces: runs of letters, and punctuation and ideographs by themselves. No token reaches over their borders. */
function piecesOf(word: string): Seen[][] {
  const pieces: Seen[][] = [];
  let open: Seen[] = [];
  for (const seen of seenCharacters(word)) {
    const alone = PUNCTUATION.test(seen.character) || IDEOGRAPH.test(seen.character);
    if (alone || open.length === 0) {
      pieces.push([seen]);
      open = alone ? [] : pieces.at(-1)!;
    } else open.push(seen);
  }
  return pieces;
}

function* seenCharacters(word: string): Generator<Seen> {
  let begin = 0;
  for (const written of word) {
    const end = begin + written.length;
    for (const character of written.toLowerCase().normalize("NFD")) {
      if (!DROPPED.test(character)) yield { character, begin, end };
    }
    begin = end;
  }
}

function charactersOf(token: string): number {
  return [...(token.startsWith("##") ? token.slice(2) : token)].length;
}
