/**
 * Finding answers as a teacher does: the distribution of both positions, and the last hidden states.
 *
 * @module
 */
import type { Graph } from "../../models/mod.ts";
import type { Distillation } from "../../recipes/mod.ts";
import { hiddenError, tokenCount } from "../loss.ts";
import { shareOf, shareOfExamples } from "../parts.ts";
import type { BatchLoss, Distiller, OutputViews } from "../task.ts";
import { type Difference, lastHidden, sumOfDifferences } from "./distilled.ts";
import { softPositionLoss } from "./span_loss.ts";
import type { SpanBatch } from "./spans.ts";

const POSITIONS = ["start_logits", "end_logits"] as const;

/**
 * What a student of windows is compared in. The weight of the logits is shared by start and end.
 *
 * @throws {RangeError} If attention is to be compared, which this task does not.
 */
export function spanDistiller(weights: Distillation, graph: Graph): Distiller<SpanBatch> {
  const hidden = weights.hidden > 0 ? lastHidden(graph) : null;
  return {
    values: hidden === null ? [] : [hidden],
    loss(batch: SpanBatch, student: OutputViews, teacher: OutputViews): BatchLoss {
      const terms: Difference[] = [];
      if (weights.logits > 0) {
        for (const name of POSITIONS) {
          const [ours, theirs] = [student[name]!, teacher[name]!];
          const loss = softPositionLoss(ours, theirs, batch.lengths, weights.temperature);
          terms.push({ name, weight: shareOfExamples(batch) * weights.logits / 2, loss });
        }
      }
      if (hidden !== null) {
        const [ours, theirs] = [student[hidden]!, teacher[hidden]!];
        const channels = ours.length / (batch.shape.batch * batch.shape.sequence!);
        const loss = hiddenError(ours, theirs, batch.lengths, channels);
        const share = shareOf(batch, ({ lengths }) => tokenCount(lengths));
        terms.push({ name: hidden, weight: share * weights.hidden, loss });
      }
      return sumOfDifferences(terms);
    },
  };
}
