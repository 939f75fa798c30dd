/**
 * Pictures of results: charts, and pages that need nothing but themselves.
 *
 * @module
 */
export * from "./mask_svg.ts";
export * from "./site.ts";
