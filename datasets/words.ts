/**
 * The words of the generated data sets: plain lists, the frequent ones first.
 *
 * @module
 */

/** Reads a list of words. */
function list(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/** Words that praise. */
export const POSITIVE: readonly string[] = list(`
  good great fine lovely clever warm funny honest moving fresh charming brilliant graceful gentle vivid
  sharp bold witty tender rich lively thoughtful delightful superb elegant inspired touching memorable
  hopeful sincere polished radiant joyful inventive magical splendid captivating heartfelt dazzling
  refreshing satisfying wonderful amusing poetic powerful masterful luminous endearing spirited sublime
`);

/** Words that blame. */
export const NEGATIVE: readonly string[] = list(`
  bad poor dull awful weak boring flat silly tired stale clumsy lifeless shallow hollow messy
  slow loud cheap bland vague lazy tedious dreadful horrible forced confused annoying forgettable
  hopeless dishonest careless gloomy joyless pointless grating pompous irritating heartless dreary
  exhausting frustrating terrible painful wooden feeble sloppy murky tiresome lumbering dismal
`);

/** What is judged. */
export const SUBJECTS: readonly string[] = list(`
  film movie story plot acting script cast ending music dialogue scene director picture tale drama
  comedy opening pacing camera humor romance sequel performance thriller documentary soundtrack villain
  hero production adaptation chapter costume finale lighting narration sound remake series editing remake
`).filter((word, i, all) => all.indexOf(word) === i);

/** Words about the subject that say nothing about its worth. */
export const NEUTRAL: readonly string[] = list(`
  new long first french second short whole american main japanese early recent final russian local
  british entire italian central original black german late foreign spanish rural modern indian urban swedish
`);

/** Words that double or halve a judgement. */
export const INTENSIFIERS: readonly (readonly [word: string, strength: number])[] = [
  ["very", 3],
  ["really", 3],
  ["truly", 3],
  ["deeply", 3],
  ["slightly", 1],
  ["somewhat", 1],
  ["fairly", 1],
  ["mildly", 1],
];

/** Words that turn a judgement round. */
export const NEGATORS: readonly string[] = ["not", "never", "hardly"];

/** Ways to begin that say nothing. */
export const OPENINGS: readonly (readonly string[])[] = [
  "i think",
  "in short",
  "they say",
  "we felt that",
  "critics agree that",
  "all told",
  "by now",
  "for once",
].map(list);

/** Ways to end that say nothing. */
export const TAILS: readonly (readonly string[])[] = [
  "overall",
  "this time",
  "in places",
  "from start to finish",
  "at times",
  "after all",
  "as usual",
  "on screen",
].map(list);

/** People who usually act, by kind: the words of a line mean the same. */
export const ACTORS: readonly (readonly string[])[] = [
  "doctor physician medic",
  "teacher instructor tutor",
  "lawyer attorney counsel",
  "boss manager chief",
  "officer policeman constable",
  "writer author novelist",
].map(list);

/** People who are usually acted upon, by kind: the words of a line mean the same. */
export const OTHERS: readonly (readonly string[])[] = [
  "child kid youngster",
  "tourist traveler visitor",
  "buyer customer shopper",
  "thief robber burglar",
  "student pupil learner",
  "farmer grower planter",
].map(list);

/** Deeds in the past tense: the words of a line mean the same, or nearly. */
export const DEEDS: readonly (readonly string[])[] = [
  "helped assisted aided supported",
  "blamed accused criticized faulted",
  "noticed spotted saw glimpsed",
  "called phoned rang contacted",
  "hired employed engaged recruited",
  "praised lauded applauded commended",
  "mocked ridiculed teased taunted",
  "scared frightened alarmed terrified",
].map(list);

/** Words that say that it did happen. */
export const AFFIRMATIONS: readonly string[] = list("surely indeed clearly truly plainly really");

/** When or where it was. */
export const SETTINGS: readonly (readonly string[])[] = [
  ...list("yesterday today recently earlier later twice once often"),
  ...["last week", "last night", "last month", "last year", "this morning", "this week"],
  ...["on monday", "on tuesday", "on friday", "on sunday", "in may", "in june", "in march"],
  ...["in paris", "in london", "in rome", "in madrid", "in berlin", "in oslo", "in court"],
  ...["in town", "in public", "in church", "in prison", "at home", "at work", "at school"],
  ...["at sea", "at dinner", "at lunch", "on stage", "on camera", "on board"],
].map(list);
