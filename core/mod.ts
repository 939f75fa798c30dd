/**
 * The vocabulary that every folder shares: patterns, masks, tensors, chance, hashes, statistics and files.
 *
 * @module
 */
export { type BlockReduce, blockScores, maskOfBlocks, unitCount } from "./blocks.ts";
export * from "./bootstrap.ts";
export * from "./did_you_mean.ts";
export * from "./failure.ts";
export * from "./folder_lock.ts";
export * from "./gigabytes.ts";
export * from "./hash.ts";
export * from "./mask.ts";
export * from "./mask_draw.ts";
export * from "./mask_projection.ts";
export * from "./mask_proof.ts";
export * from "./mean_interval.ts";
export * from "./normal.ts";
export * from "./pattern.ts";
export * from "./pattern_name.ts";
export * from "./random.ts";
export * from "./rounding.ts";
export * from "./stage.ts";
export * from "./statistics.ts";
export * from "./store.ts";
export * from "./student.ts";
export * from "./tensor.ts";
export * from "./test_data.ts";
export { unzip, zipNames } from "./zip.ts";
export * from "./zip_sample.ts";
