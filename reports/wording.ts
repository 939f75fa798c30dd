/**
 * Figures in words, spelled alike on every page.
 *
 * A number and its unit are joined by a no-break space; negative numbers have a real minus sign.
 *
 * @module
 */
import type { Interval } from "../core/mod.ts";

const NBSP = "\u00a0";

/** A number with a fixed count of decimals and a minus sign; never `−0.0`. */
export function decimal(value: number, digits: number): string {
  const text = value.toFixed(digits);
  if (Number(text) === 0) return (0).toFixed(digits);
  return text.replace("-", "−");
}

/** A fraction as a percentage, e.g. `90.0 %`. */
export function percent(fraction: number, digits = 1): string {
  return `${decimal(100 * fraction, digits)}${NBSP}%`;
}

/** A difference of fractions in percentage points, with its sign, e.g. `+0.12` or `−0.69`. */
export function points(difference: number, digits = 2): string {
  const text = decimal(100 * difference, digits);
  return difference > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/** A difference with its interval in percentage points, e.g. `−0.69 [−1.20, −0.18]`. */
export function pointsWithin(difference: Interval, digits = 2): string {
  const { estimate, low, high } = difference;
  return `${points(estimate, digits)} [${points(low, digits)}, ${points(high, digits)}]`;
}

/** A speed-up, e.g. `5.2x`; two digits below 2, where they matter. */
export function times(ratio: number): string {
  return `${decimal(ratio, digitsOf(ratio))}x`;
}

/** A speed-up with its interval, e.g. `5.2x [5.1, 5.3]`. */
export function timesWithin(ratio: Interval): string {
  const digits = digitsOf(ratio.estimate);
  const [low, high] = [decimal(ratio.low, digits), decimal(ratio.high, digits)];
  return `${times(ratio.estimate)} [${low}, ${high}]`;
}

function digitsOf(ratio: number): number {
  return ratio < 2 ? 2 : 1;
}

/** A unit of time and its length in nanoseconds. */
export interface TimeUnit {
  /** Its symbol, e.g. `ms`. */
  readonly symbol: string;
  /** Its length in nanoseconds. */
  readonly ns: number;
}

const TIME_UNITS: readonly TimeUnit[] = [
  { symbol: "s", ns: 1e9 },
  { symbol: "ms", ns: 1e6 },
  { symbol: "µs", ns: 1e3 },
  { symbol: "ns", ns: 1 },
];

/** The largest unit in which the time is at least 1. */
export function timeUnit(ns: number): TimeUnit {
  return TIME_UNITS.find((unit) => ns >= unit.ns) ?? TIME_UNITS.at(-1)!;
}

/** A time to three significant digits, e.g. `12.3 ms`. */
export function duration(ns: number, unit: TimeUnit = timeUnit(ns)): string {
  return `${significant(ns / unit.ns)}${NBSP}${unit.symbol}`;
}

/** A number to three significant digits, without exponent, e.g. `2400`, `12.3`, `0.045`. */
export function significant(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return decimal(value, Math.min(digits, 12));
}

/** A small number such as an error, e.g. `3.1e−6`. */
export function scientific(value: number): string {
  return value === 0 ? "0" : value.toExponential(1).replace("-", "−").replace("+", "");
}

/** A number and its noun, e.g. `1 seed`, `3 seeds`. */
export function count(number: number, noun: string): string {
  return `${number}${NBSP}${noun}${number === 1 ? "" : "s"}`;
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** A moment, e.g. `31 Jan 2026, 12:00 UTC`. Unreadable text is given back as it is. */
export function moment(utc: string): string {
  const date = new Date(utc);
  if (Number.isNaN(date.getTime())) return utc;
  const [hour, minute] = [date.getUTCHours(), date.getUTCMinutes()]
    .map((part) => String(part).padStart(2, "0"));
  const day = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  return `${day}, ${hour}:${minute} UTC`;
}

/** A size, e.g. `16.0 GiB`. */
export function byteSize(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${decimal(bytes / 1024 ** power, power === 0 ? 0 : 1)}${NBSP}${units[power]}`;
}

/** Words as a sentence: a capital first, a full stop last. */
export function sentence(text: string): string {
  const capital = text.slice(0, 1).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) || capital === "" ? capital : `${capital}.`;
}

/** Words as a list, e.g. `a, b and c`. */
export function list(words: readonly string[]): string {
  if (words.length < 2) return words[0] ?? "";
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
