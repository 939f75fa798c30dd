/**
 * Seeded chance: the same seed gives the same numbers on every machine.
 *
 * The generator is xoshiro128** (Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators", 2021).
 *
 * @module
 */
import { createHash } from "node:crypto";

/** A stream of random numbers. Not for secrets. */
export interface Random {
  /** The next number from 0 (included) to 1 (excluded), in steps of 2^-32. */
  next(): number;
  /**
   * The next integer from 0 (included) to `below` (excluded), each equally likely.
   *
   * @throws {RangeError} If `below` is no integer from 1 to 2^32.
   */
  integer(below: number): number;
  /** The next number of the standard normal distribution; at most 6.7 from zero. */
  normal(): number;
  /** Brings the items into random order, in place; every order is equally likely. */
  shuffle<T>(items: T[] | { [index: number]: T; readonly length: number }): void;
  /** A stream of its own for the named purpose. Depends on the present state and leaves it as it is. */
  fork(label: string): Random;
  /** The whole state, for {@linkcode restoreRandom}. */
  state(): readonly number[];
}

/**
 * A stream that depends on nothing but the seed. Numbers and texts never share a stream.
 *
 * @throws {RangeError} If the seed is a number that is not finite.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(createRandom(1).integer(1000), createRandom(1).integer(1000));
 * ```
 */
export function createRandom(seed: number | string): Random {
  if (typeof seed === "number" && !Number.isFinite(seed)) {
    throw new RangeError(`Cannot seed random numbers: ${seed}, expected a finite number or a text`);
  }
  return generator(wordsOf(`${typeof seed}:${seed}`));
}

/**
 * Goes on where {@linkcode Random.state} was taken.
 *
 * @throws {RangeError} If the state is not four 32-bit words, or all of them are zero.
 */
export function restoreRandom(state: readonly number[]): Random {
  const words = Uint32Array.from(state);
  const whole = state.length === 4 && state.every((word, i) => word === words[i]);
  if (!whole || words.every((word) => word === 0)) {
    throw new RangeError(
      `Cannot restore random numbers: [${state}], expected four 32-bit words, not all zero`,
    );
  }
  return generator(words);
}

/** Four words of sha256: spreads even neighbouring seeds over the whole state. */
function wordsOf(text: string): Uint32Array {
  const digest = createHash("sha256").update(text).digest();
  return Uint32Array.from({ length: 4 }, (_, i) => digest.readUInt32LE(4 * i));
}

function generator(s: Uint32Array): Random {
  function word(): number {
    const s1 = s[1]!;
    const product = Math.imul(s1, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    s[2]! ^= s[0]!;
    s[3]! ^= s1;
    s[1]! = s1 ^ s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= s1 << 9;
    const last = s[3]!;
    s[3]! = (last << 11) | (last >>> 21);
    return result;
  }

  function integer(below: number): number {
    if (!Number.isInteger(below) || below < 1 || below > 2 ** 32) {
      throw new RangeError(`Cannot draw an integer below ${below}: expected 1 to 2^32`);
    }
    // Words past the last whole multiple of `below` are drawn again; they would favour small integers.
    const limit = 2 ** 32 - (2 ** 32 % below);
    let drawn = word();
    while (drawn >= limit) drawn = word();
    return drawn % below;
  }

  return {
    next: () => word() / 2 ** 32,
    integer,
    normal(): number {
      // Box-Muller; half a step keeps the logarithm finite.
      const radius = Math.sqrt(-2 * Math.log((word() + 0.5) / 2 ** 32));
      return radius * Math.cos(2 * Math.PI * (word() / 2 ** 32));
    },
    shuffle<T>(items: T[] | { [index: number]: T; readonly length: number }): void {
      for (let i = items.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        const item = items[i]!;
        items[i] = items[j]!;
        items[j] = item;
      }
    },
    fork: (label) => generator(wordsOf(`${s.join(",")}/${label}`)),
    state: () => [...s],
  };
}
