/**
 * Trials of `spmm`: edge sizes, several panels, gaps between them, narrow panels.
 *
 * @module
 */
import { assert } from "@std/assert";
import { packWeights } from "../formats/mod.ts";
import type { KernelCase } from "../kernels.ts";
import { paddedRows, spmm, tileOf } from "../ops/mod.ts";
import { randomWeights, referenceLinear } from "../reference/mod.ts";
import {
  assertClose,
  type Bench,
  call,
  FUNCTION_TOLERANCE,
  SUM_TOLERANCE,
  type Trial,
  uniform,
} from "./trial.ts";

/** What is tried: pattern, post-op, residual. */
export type SpmmCase = Extract<KernelCase, { op: "spmm" }>;

interface SpmmSize {
  readonly rows: number;
  readonly cols: number;
  readonly panels: number;
  readonly panelLanes: number;
  /** Most passes over the columns; default as many as the packer wants. */
  readonly passes?: number;
}

/** Sizes around the tile of the kernel: 1, a prime, one less, as many, one more. */
export function spmmTrials(kernel: SpmmCase, bench: Bench): Trial[] {
  const { rows: tile } = tileOf(kernel.pattern, bench.target, 64);
  const unit = kernel.pattern.kind === "block" ? kernel.pattern.rows : tile;
  const group = kernel.pattern.kind === "n_of_m" ? kernel.pattern.m : 1;
  const sizes: SpmmSize[] = [
    { rows: 1, cols: 1, panels: 1, panelLanes: 64 },
    { rows: 7, cols: 13, panels: 2, panelLanes: 64 },
    { rows: Math.max(1, unit - 1), cols: 2 * group, panels: 1, panelLanes: 64 },
    { rows: unit, cols: 3 * group, panels: 3, panelLanes: 64 },
    { rows: unit + 1, cols: 5 * group, panels: 1, panelLanes: 64 },
    { rows: 3 * unit, cols: 16 * group, panels: 1, panelLanes: 64 },
    { rows: unit, cols: 4 * group, panels: 2, panelLanes: 16 },
    { rows: 2 * unit, cols: 4 * group, panels: 1, panelLanes: 48 },
    { rows: 2 * unit + 1, cols: 9 * group, panels: 2, panelLanes: 64, passes: 2 },
    { rows: 3 * unit, cols: 31, panels: 1, panelLanes: 32, passes: 4 },
  ];
  return sizes.map((size) => spmmTrial(kernel, bench, size));
}

function spmmTrial(kernel: SpmmCase, { target, arena, random }: Bench, size: SpmmSize): Trial {
  const { rows, cols, panels, panelLanes } = size;
  const { pattern, post } = kernel;
  const tile = tileOf(pattern, target, panelLanes);
  const weights = randomWeights(random, rows, cols, pattern);
  const bias = uniform(random, rows);
  const packed = packWeights(weights, rows, cols, pattern, {
    panelLanes,
    target,
    bias,
    ...(size.passes !== undefined && { passes: size.passes }),
  });
  // one row more than needed, which must stay as it is
  const written = paddedRows(rows, tile.rows);
  const [xFloats, yFloats] = [(cols + 1) * panelLanes, (written + 1) * panelLanes];
  const x = uniform(random, panels * xFloats);
  const residual = kernel.residual ? uniform(random, panels * yFloats) : null;
  const y = arena.output(panels * yFloats);
  const options = { target, pattern, post, residual: kernel.residual, panelLanes };
  const step = call(spmm({ ...options, severalPasses: packed.passes > 1 }), {
    x: arena.input(x),
    xPanelStride: xFloats * 4,
    y,
    yPanelStride: yFloats * 4,
    ...(residual && { residual: arena.input(residual), residualPanelStride: yFloats * 4 }),
    weights: arena.input(packed.stream),
    packed,
    panels,
  });
  const prove = (panel: number): void => {
    const problem = {
      weights,
      rows,
      cols,
      lanes: panelLanes,
      x: x.subarray(panel * xFloats),
      bias,
      residual: residual && residual.subarray(panel * yFloats),
      post,
    };
    const actual = arena.read(y, panels * yFloats).subarray(panel * yFloats, (panel + 1) * yFloats);
    const magnitude = referenceLinear({
      ...problem,
      weights: weights.map(Math.abs),
      x: problem.x.map(Math.abs),
      bias: bias.map(Math.abs),
      residual: problem.residual && problem.residual.map(Math.abs),
      post: "none",
    });
    const tolerance = magnitude.map((sum) => SUM_TOLERANCE * sum + FUNCTION_TOLERANCE);
    const what = `${rows}x${cols}, panel ${
      panel + 1
    } of ${panels}, P=${panelLanes}, ${packed.passes} passes`;
    assertClose(actual, referenceLinear(problem), tolerance, what);
    assert(
      actual.subarray(written * panelLanes).every(Number.isNaN),
      `${what}: written past the last row`,
    );
  };
  return {
    steps: [step],
    prove: () => Array.from({ length: panels }, (_, panel) => prove(panel)),
  };
}
