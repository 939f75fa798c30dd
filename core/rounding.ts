/**
 * Rounding as processors and Python do it.
 *
 * @module
 */

/** The nearest integer, ties to the even one: the default of IEEE 754 and of every conversion instruction used here. */
export function roundHalfEven(value: number): number {
  const nearest = Math.round(value);
  return Math.abs(value % 1) === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}
