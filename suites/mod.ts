/**
 * How we measure: what is timed, in which order, against what, and what follows from it.
 *
 * @module
 */
export * from "./accuracy_check.ts";
export * from "./agreement.ts";
export * from "./answer_files.ts";
export * from "./available_memory.ts";
export * from "./clock.ts";
export * from "./estimate.ts";
export * from "./experiment.ts";
export * from "./experiments.ts";
export * from "./field.ts";
export * from "./job.ts";
export * from "./kernel_facts.ts";
export * from "./launch.ts";
export * from "./layer_program.ts";
export * from "./layer_spec.ts";
export * from "./network.ts";
export * from "./network_deviations.ts";
export * from "./network_inputs.ts";
export * from "./network_layers.ts";
export * from "./network_preflight.ts";
export * from "./network_proof.ts";
export * from "./network_weights.ts";
export * from "./noise.ts";
export * from "./outcome.ts";
export * from "./peaks.ts";
export * from "./preflight.ts";
export * from "./protocol.ts";
export * from "./run_suite.ts";
export * from "./speed_check.ts";
export * from "./suite.ts";
export * from "./suites.ts";
export type { TrainingSpec } from "./training_spec.ts";
export * from "./verdict.ts";
export * from "./wording.ts";
