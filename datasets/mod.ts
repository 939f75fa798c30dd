/**
 * Examples as typed arrays: published data sets, and generated stand-ins.
 *
 * @module
 */
export * from "./dataset.ts";
export { download, type DownloadOptions } from "./download.ts";
export * from "./fetch.ts";
export * from "./generated.ts";
export * from "./open.ts";
export { PARAPHRASE } from "./paraphrase.ts";
export { SENTIMENT } from "./sentiment.ts";
export type { TransferOptions, TransferProgress } from "./transfer.ts";
