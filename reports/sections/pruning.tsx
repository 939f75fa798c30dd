// deno-lint-ignore-file jsx-key -- rendered once, to text: there is nothing to reconcile
/**
 * Sections: which weights are zero, and how training got there.
 *
 * @module
 */
import type { VNode } from "preact";
import type { MaskPicture, Result, Sparsity } from "../../results/mod.ts";
import { metricName } from "../charts/accuracy.ts";
import { cornerMaskSvg, unpackMask, wholeMaskSvg } from "../charts/mask_picture.ts";
import {
  isSparseFromStart,
  type Quantity,
  trainingSpec,
  trainingTitle,
} from "../charts/training.ts";
import { draw } from "../drawing.ts";
import { Figure, FoldedTable, Key, type Section, Table } from "../elements.tsx";
import { count, list, percent } from "../wording.ts";

/** Layers, proofs and pictures of masks; `null` if nothing was pruned. */
export function sparsitySection({ sparsity, training }: Result): Section | null {
  if (sparsity === null) return null;
  const { layers, skipped, target, measured } = sparsity;
  const patterns = [...new Set(layers.map(({ pattern }) => pattern))];
  const unproved = layers.filter(({ proved }) => !proved);
  const body = (
    <>
      <p>
        {percent(measured)} of the weights in {count(layers.length, "pruned layer")}{" "}
        are zero (asked for: {percent(target)}), in the pattern {list(patterns)}.{" "}
        {unproved.length === 0
          ? "Every layer of the final weights was proved to form it."
          : `${count(unproved.length, "layer")} could not be proved to form it.`}
      </p>
      {training?.masks.map((mask) => <MaskFigure mask={mask} sparsity={sparsity} />)}
      <LayerTable sparsity={sparsity} />
      {skipped.length > 0 && (
        <Table
          caption="Layers that stayed dense"
          columns={[{ title: "layer" }, { title: "reason" }]}
          rows={skipped.map(({ name, reason }) => [<code>{name}</code>, reason])}
        />
      )}
    </>
  );
  return { id: "pruning", title: "What was pruned", body };
}

function LayerTable({ sparsity: { layers } }: { readonly sparsity: Sparsity }): VNode {
  return (
    <FoldedTable
      caption={`Zeros of ${count(layers.length, "pruned layer")}`}
      columns={[{ title: "layer" }, { title: "pattern" }, { title: "zeros", numeric: true }, {
        title: "pattern proved",
      }]}
      rows={layers.map(({ name, pattern, sparsity, proved }) => [
        <code>{name}</code>,
        pattern,
        percent(sparsity),
        proved ? "yes" : "no",
      ])}
    />
  );
}

function MaskFigure(
  { mask, sparsity }: { readonly mask: MaskPicture; readonly sparsity: Sparsity },
): VNode {
  const layer = sparsity.layers.find(({ name }) => name === mask.layer);
  const grid = unpackMask(mask);
  const pattern = layer?.pattern ?? "unstructured";
  const zeros = layer === undefined ? "" : `, ${percent(layer.sparsity)} zeros`;
  const whole = `Kept weights of ${mask.layer}, the whole layer`;
  const corner = `Kept weights of ${mask.layer}, its first rows and columns`;
  return (
    <figure class="masks">
      <h3>
        <code>{mask.layer}</code>: {pattern}
        {zeros}
      </h3>
      <div class="pair">
        <div>
          <div dangerouslySetInnerHTML={{ __html: cornerMaskSvg(grid, pattern, corner) }} />
          <p class="note">The first rows (outputs) and columns (inputs), one square a weight.</p>
        </div>
        <div>
          <div dangerouslySetInnerHTML={{ __html: wholeMaskSvg(grid, whole) }} />
          <p class="note">
            All {mask.rows} × {mask.cols}{" "}
            weights; the stronger the colour, the more of a tile are kept.
          </p>
        </div>
      </div>
    </figure>
  );
}

const QUANTITIES: readonly Quantity[] = ["metric", "loss", "sparsity"];

/** Curves of the trainings; `null` if there are none. */
export async function trainingSection(
  { training, accuracy, experiment }: Result,
): Promise<Section | null> {
  const log = training?.log ?? [];
  if (log.length === 0) return null;
  const judged = accuracy ?? experiment?.data;
  const metric = metricName(judged?.metric ?? "metric");
  const ceiling = judged?.ceiling == null ? null : 100 * judged.ceiling;
  const title = trainingTitle(log, metric);
  const drawings = [];
  for (const quantity of QUANTITIES) {
    if (quantity === "metric" && log.every((point) => point.metric === null)) continue;
    const options = { metric, ceiling };
    const label = `${quantity === "metric" ? metric : quantity} over the steps of training`;
    const drawing = await draw((layout) => trainingSpec(log, quantity, layout, options), label);
    drawings.push({ drawing });
  }
  const seeds = new Set(log.map(({ seed }) => seed)).size;
  const body = (
    <Figure title={title} drawings={drawings}>
      <p>
        One line for each of{" "}
        {count(seeds, "seed")}: first the dense model, then the sparse one{isSparseFromStart(log)
          ? ", which had its zeros from its first step on."
          : " that starts from it."}{" "}
        Their losses need not be alike, since the sparse model may learn from the dense one.
      </p>
      <Key
        marks={["sparse", "dense", ...ceiling === null ? [] : ["ceiling"] as const]}
        words={{
          sparse: "sparse model",
          dense: "dense model",
          ceiling: "most that any model can reach",
        }}
      />
    </Figure>
  );
  return { id: "training", title: "Training", body };
}
