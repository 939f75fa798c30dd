/**
 * Generated pairs of sentences that say the same or not: a stand-in for MRPC.
 *
 * A sentence tells who did what to whom, and when or where: `yesterday the doctor surely helped the child`. The second sentence of a
 * pair tells the same event in other words and another order (`the physician indeed aided the kid yesterday`), or another event:
 * the roles are swapped (`the kid surely aided the physician yesterday`), or it is said to have never happened.
 *
 * Swapping roles changes no word, and pairs of both classes replace words and move the setting alike, so a bag of words does not
 * tell two thirds of the differences. What makes the task learnable in some hundred steps is that events are mostly of the usual
 * kind (an actor acts, nothing is denied): an unusual second sentence alone is a hint, and from that hint comparing is learnt.
 *
 * @module
 */
import type { Random } from "../core/mod.ts";
import { drawEvenly } from "./draw.ts";
import type { CleanExample, Generator } from "./generated.ts";
import * as words from "./words.ts";

/** Positions in the word lists; which word of a kind is used is a matter of wording. */
interface Event {
  readonly actor: number;
  readonly other: number;
  readonly deed: number;
  readonly setting: readonly string[];
  /** Whether the other acts, and the actor is acted upon. */
  readonly reversed: boolean;
  readonly denied: boolean;
}

/** Share of first sentences that are unusual in each of the two ways. */
const UNUSUAL = 0.08;
/** Share of sentences that begin with the setting. */
const FRONTED = 0.2;
/** Share of different pairs whose roles are swapped; the rest is denied. */
const SWAPPED = 2 / 3;

/** Draws pairs of sentences of 7 to 8 words each. */
export const PARAPHRASE: Generator = {
  name: "synthetic-paraphrase",
  version: 1,
  classes: ["different", "paraphrase"],
  metric: "f1",
  words: [
    ...new Set([
      ...["the", "never"],
      ...words.AFFIRMATIONS,
      ...[...words.ACTORS, ...words.OTHERS, ...words.DEEDS, ...words.SETTINGS].flat(),
    ]),
  ],
  constructions: ["same order", "moved setting", "swapped roles", "denial"],
  draw(random: Random, label: 0 | 1): CleanExample {
    const event = drawEvent(random);
    const [fronted, frontedToo] = [random.next() < FRONTED, random.next() < FRONTED];
    const first = tell(event, fronted, random);
    if (label === 1) {
      const construction = fronted === frontedToo ? "same order" : "moved setting";
      return { first, second: tell(event, frontedToo, random), label, construction };
    }
    const swapped = random.next() < SWAPPED;
    const other = swapped
      ? { ...event, reversed: !event.reversed }
      : { ...event, denied: !event.denied };
    const construction = swapped ? "swapped roles" : "denial";
    return { first, second: tell(other, frontedToo, random), label, construction };
  },
};

function drawEvent(random: Random): Event {
  return {
    actor: random.integer(words.ACTORS.length),
    other: random.integer(words.OTHERS.length),
    deed: random.integer(words.DEEDS.length),
    setting: drawEvenly(random, words.SETTINGS),
    reversed: random.next() < UNUSUAL,
    denied: random.next() < UNUSUAL,
  };
}

function tell(event: Event, fronted: boolean, random: Random): string[] {
  const actor = drawEvenly(random, words.ACTORS[event.actor]!);
  const other = drawEvenly(random, words.OTHERS[event.other]!);
  const deed = drawEvenly(random, words.DEEDS[event.deed]!);
  const [agent, patient] = event.reversed ? [other, actor] : [actor, other];
  // A word either way, so that the length of a pair does not tell whether one of the two is denied.
  const truth = event.denied ? "never" : drawEvenly(random, words.AFFIRMATIONS);
  const core = ["the", agent, truth, deed, "the", patient];
  return fronted ? [...event.setting, ...core] : [...core, ...event.setting];
}
