/**
 * Pictures of results: charts, and pages that need nothing but themselves.
 *
 * @module
 */
export * from "./site.ts";
