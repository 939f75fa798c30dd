/**
 * WordPiece: words to token ids, as BERT's uncased models were trained with.
 *
 * @module
 */

/** Token ids of a text, and of the tokens that frame texts. */
export interface WordPiece {
  /** Token ids of a text, without special tokens. */
  encode(text: string): number[];
  /** Number of token ids. */
  readonly vocabulary: number;
  /** Id of `[CLS]`. */
  readonly cls: number;
  /** Id of `[SEP]`. */
  readonly sep: number;
  /** Id of `[UNK]`. */
  readonly unk: number;
  /** Tokens by id, `##` before those that continue a word. */
  readonly tokens: readonly string[];
}

/** Longer words are unknown, as in the original. */
const LONGEST_WORD = 100;
/** Words to remember: more than the vocabularies of the data sets, few enough to fit anywhere. */
const MOST_KNOWN = 200_000;

/**
 * Makes a tokenizer from the content of a `vocab.txt`, one token a line, its id the line's number from 0.
 *
 * Texts are lower-cased and lose their accents. Takes about 0.1 s; a known word then takes less than 1 µs.
 *
 * @param path Only for messages.
 * @throws {SyntaxError} If the vocabulary lacks a token that BERT needs, has one twice, or `[PAD]` is not the first.
 */
export async function createWordPiece(vocabulary: string, path: string): Promise<WordPiece> {
  const ids = readVocabulary(vocabulary, path);
  const { Tokenizer } = await import("@huggingface/tokenizers");
  const tokenizer = new Tokenizer({
    version: "1.0",
    // None are declared: "[SEP]" in a text is punctuation and a word, not the end of a segment.
    added_tokens: [],
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: true,
      lowercase: true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: null,
    decoder: null,
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: LONGEST_WORD,
      vocab: Object.fromEntries(ids),
    },
  }, {});
  // No token reaches over a space, and most words of a corpus come again: each is tokenised once.
  const known = new Map<string, readonly number[]>();
  function encodeWord(word: string): readonly number[] {
    const ids = known.get(word) ?? tokenizer.encode(word, { add_special_tokens: false }).ids;
    if (known.size < MOST_KNOWN) known.set(word, ids);
    return ids;
  }
  return {
    encode: (text) => text.split(/\s+/).flatMap((word) => word === "" ? [] : encodeWord(word)),
    vocabulary: ids.size,
    cls: ids.get("[CLS]")!,
    sep: ids.get("[SEP]")!,
    unk: ids.get("[UNK]")!,
    tokens: [...ids.keys()],
  };
}

function readVocabulary(text: string, path: string): Map<string, number> {
  const tokens = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  if (tokens.at(-1) === "") tokens.pop();
  const ids = new Map<string, number>();
  tokens.forEach((token, id) => {
    const before = ids.get(token);
    if (before === undefined) ids.set(token, id);
    else {
      throw new SyntaxError(
        `Cannot read ${path}:${id + 1}: ${JSON.stringify(token)} stands in line ${
          before + 1
        } too, expected each token once`,
      );
    }
  });
  for (const token of ["[UNK]", "[CLS]", "[SEP]"]) {
    if (!ids.has(token)) {
      throw new SyntaxError(`Cannot read ${path}: it has no ${token}, expected a BERT vocabulary`);
    }
  }
  if (ids.get("[PAD]") !== 0) {
    throw new SyntaxError(
      `Cannot read ${path}:1: ${JSON.stringify(tokens[0]?.slice(0, 40) ?? "")}, expected [PAD]`,
    );
  }
  return ids;
}
