/**
 * Examples as typed arrays: published data sets, and generated stand-ins.
 *
 * @module
 */
export * from "./auc.ts";
export { type BackgroundPlanes, openInBackground } from "./background.ts";
export { type EdgeBox, type LabelledBox, overlapOfEdges } from "./box_crop.ts";
export * from "./box_streams.ts";
export { openCifar10 } from "./cifar.ts";
export * from "./clicks.ts";
export { type CocoOptions, openCoco } from "./coco.ts";
export { type CocoImage } from "./coco_annotations.ts";
export { COMMAND_WORDS, type CommandOptions, FOLDS } from "./command_splits.ts";
export { openCommands } from "./commands.ts";
export { type CriteoName, type CriteoOptions, openCriteo } from "./criteo.ts";
export * from "./correlation.ts";
export * from "./dataset.ts";
export * from "./detections.ts";
export * from "./detection_score.ts";
export { download, type DownloadOptions } from "./download.ts";
export * from "./fetch.ts";
export * from "./fetch_sources.ts";
export * from "./generated.ts";
export { generateBoxes, type GeneratedBoxesOptions } from "./generated_boxes.ts";
export { generateClicks, type GeneratedClicksOptions } from "./generated_clicks.ts";
export * from "./generated_planes.ts";
export { type GeneratedSpansOptions, generateSpans } from "./generated_spans.ts";
export { type GlueName } from "./glue.ts";
export { GLUE_AVERAGED, type GlueAverage, glueAverage } from "./glue_average.ts";
export { gratings } from "./gratings.ts";
export { type TableTaskName } from "./glue_tables.ts";
export { type ImageNetOptions, openImageNet } from "./image_folders.ts";
export { openMnist } from "./mnist.ts";
export * from "./open.ts";
export * from "./open_planes.ts";
export { openSquad, type SquadOptions } from "./open_squad.ts";
export { PARAPHRASE } from "./paraphrase.ts";
export * from "./plane_batches.ts";
export * from "./plane_changes.ts";
export {
  type EvaluationBatches,
  type ExampleFacts,
  type PlaneChanges,
  type PlaneStreams,
  streamPlanes,
  type TrainBatches,
} from "./plane_streams.ts";
export * from "./planes.ts";
export * from "./preflight.ts";
export { SENTIMENT } from "./sentiment.ts";
export * from "./span_decode.ts";
export type { WindowOptions } from "./span_windows.ts";
export * from "./spans.ts";
export { type AnsweredQuestion, exactMatch, scoreSquad, type SquadScore } from "./squad_score.ts";
export { TONE_WORDS } from "./tone_words.ts";
export * from "./top_accuracy.ts";
export type { TransferOptions, TransferProgress } from "./transfer.ts";
