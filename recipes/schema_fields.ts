/**
 * Kinds of fields of a recipe file. A message is the *wanted* half of a sentence: `sparsity.target is 90, expected <message>`.
 *
 * @module
 */
import { z } from "zod";

const FRACTION = "a fraction from 0 to 1";
const HTTPS = "an address that begins with https://";

/** A fraction. */
export function fraction(about: string): z.ZodNumber {
  return z.number(FRACTION).min(0, FRACTION).max(1, FRACTION).describe(about);
}

/** How many; at least one. */
export function count(about: string): z.ZodNumber {
  const wanted = "a whole number, at least 1";
  return z.number(wanted).int(wanted).min(1, wanted).describe(about);
}

/** How many; may be none. */
export function steps(about: string): z.ZodNumber {
  const wanted = "a whole number, at least 0";
  return z.number(wanted).int(wanted).min(0, wanted).describe(about);
}

/** A number that is not negative. */
export function amount(about: string): z.ZodNumber {
  return z.number().min(0).describe(about);
}

/** A number above 0. */
export function positive(about: string): z.ZodNumber {
  return z.number().gt(0).describe(about);
}

/** Words. */
export function text(about: string): z.ZodString {
  return z.string("a text").min(1, "a text that is not empty").describe(about);
}

/** A public address. */
export function address(about: string): z.ZodURL {
  return z.url({ protocol: /^https$/, error: HTTPS }).describe(about);
}

/** Yes or no. */
export function flag(about: string): z.ZodBoolean {
  return z.boolean("true or false").describe(about);
}
