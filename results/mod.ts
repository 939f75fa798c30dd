/**
 * What was measured: versioned, append-only result files, their reader, comparison and origin.
 *
 * @module
 */
export * from "./break_even.ts";
export * from "./compare.ts";
export * from "./csv.ts";
export * from "./experiment.ts";
export * from "./experiment_csv.ts";
export * from "./experiment_figures.ts";
export * from "./example_difficulty.ts";
export * from "./false_match.ts";
export * from "./frontier.ts";
export * from "./headline.ts";
export * from "./kernel_rows.ts";
export * from "./layers_csv.ts";
export * from "./machine.ts";
export * from "./network_cell.ts";
export * from "./network_groups.ts";
export * from "./network_sweeps.ts";
export * from "./network_csv.ts";
export * from "./parse.ts";
export * from "./payback.ts";
export * from "./probe.ts";
export * from "./provenance.ts";
export * from "./result.ts";
export * from "./result_store.ts";
export * from "./roofline.ts";
export * from "./schema.ts";
export * from "./summary.ts";
export * from "./theoretical.ts";
