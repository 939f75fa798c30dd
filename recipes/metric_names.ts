/**
 * Metrics as people write them.
 *
 * @module
 */
import type { MetricName } from "./claim.ts";

/** A metric's name in running text, e.g. `F1`. */
export const METRIC_NAMES: Readonly<Record<MetricName, string>> = {
  "accuracy": "accuracy",
  "f1": "F1",
  "top1": "top-1 accuracy",
  "mAP": "mAP",
  "auc": "ROC AUC",
  "glue-average": "GLUE average",
  "token-probability": "probability of masked words",
};
