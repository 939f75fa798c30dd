/**
 * Section: a gradual pruning step by step.
 *
 * @module
 */
import type { Result } from "../../results/mod.ts";
import { metricName } from "../charts/accuracy.ts";
import { gmpTitle, meanMetrics, pruningLog, scheduleLine } from "../charts/gmp_trace.ts";
import { trainingSpec } from "../charts/training.ts";
import { draw } from "../drawing.ts";
import { Figure, FoldedTable, Key, type Section } from "../elements.tsx";
import { decimal, percent } from "../wording.ts";
import { dataInWords } from "./how_sparse.tsx";

/** Zeros, metric and loss over the steps in which weights are pruned; `null` on pages of other suites. */
export async function gmpTraceSection(
  { suite, experiment, training }: Result,
): Promise<Section | null> {
  const log = pruningLog(training?.log ?? []);
  if (suite !== "gmp-trace" || experiment === undefined || log.length === 0) return null;
  const metric = metricName(experiment.data.metric);
  const title = gmpTitle(log, metric);
  const { schedule } = experiment;
  const steps = Math.max(...log.map(({ step }) => step));
  const options = {
    metric,
    ...schedule && { schedule: scheduleLine(schedule, steps) },
  };
  const drawings = [];
  for (const quantity of ["sparsity", "metric", "loss"] as const) {
    const label = `${quantity === "metric" ? metric : quantity} over the steps of pruning`;
    drawings.push({
      drawing: await draw((layout) => trainingSpec(log, quantity, layout, options), label),
    });
  }
  const dense = experiment.models.find(({ kind }) => kind === "dense");
  const level = dense &&
    dense.runs.reduce((sum, { metric }) => sum + metric, 0) / dense.runs.length;
  const body = (
    <Figure
      title={title}
      drawings={drawings}
      table={
        <FoldedTable
          folded
          caption={`Zeros and ${metric} at each evaluation, means over seeds`}
          columns={[
            { title: "step" },
            { title: "zeros (%)", numeric: true },
            { title: `${metric} (%)`, numeric: true },
          ]}
          rows={meanMetrics(log).map(({ step, sparsity, metric }) => [
            step,
            decimal(100 * sparsity, 1),
            decimal(100 * metric, 2),
          ])}
        />
      }
    >
      <p>{dataInWords(experiment)} One line for each seed, from the finished dense network on.</p>
      {schedule && (
        <p>
          Weights of least magnitude are set to zero every {schedule.frequency} steps from step{" "}
          {schedule.from} to {schedule.to}, {percent(schedule.target, 0)}{" "}
          at the end; the dashed line is the cubic schedule. Later steps only recover.
        </p>
      )}
      {level !== undefined && <p>The dense network ended at {percent(level)}.</p>}
      <Key
        marks={["sparse", ...schedule ? ["ceiling"] as const : []]}
        words={{ sparse: "sparse model", ceiling: "as planned" }}
      />
    </Figure>
  );
  return { id: "gmp-trace", title: "Gradual magnitude pruning", body };
}
