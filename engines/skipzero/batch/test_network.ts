/**
 * A small recommendation model and its inputs, for tests.
 *
 * @module
 */
import {
  applyMask,
  createRandom,
  drawMask,
  float32,
  int64,
  parsePattern,
  type Tensor,
} from "../../../core/mod.ts";
import {
  buildDlrm,
  type DlrmConfig,
  drawParameters,
  type Graph,
  type ParameterSource,
} from "../../../models/mod.ts";

/** Sizes that divide by nothing in particular. */
export const SMALL_DLRM: DlrmConfig = {
  name: "dlrm-small",
  dense: 13,
  bottom: [37, 16],
  top: [64, 80, 1],
  tableRows: [7, 2, 5, 9, 30],
  publishedRows: [7, 2, 5, 9, 30],
};

/** The small network; its largest layer has 80 % of its 4x16 blocks empty, and its numbers are large enough to tell samples apart. */
export function smallDlrm(batch: number): Graph {
  return buildDlrm(SMALL_DLRM, { batch }, prunedParameters());
}

function prunedParameters(): ParameterSource {
  const draw = drawParameters("dlrm");
  const pattern = parsePattern("dlrm-4x16");
  return (name, shape, start) => {
    const tensor = draw(name, shape, start);
    const data = tensor.data.map((value) => 2 * value);
    const [rows = 0, cols = 0] = shape;
    if (name === "top_l.2.weight") {
      applyMask(data, drawMask(createRandom(5), rows, cols, pattern, 0.8));
    }
    return float32(shape, data);
  };
}

/** Random samples. */
export function drawSamples(batch: number): Record<string, Tensor> {
  const random = createRandom(batch);
  const { dense, tableRows } = SMALL_DLRM;
  const ids = tableRows.flatMap((rows) =>
    Array.from({ length: batch }, () => random.integer(rows))
  );
  return {
    dense: float32(
      [batch, dense],
      Float32Array.from({ length: batch * dense }, () => random.normal()),
    ),
    indices: int64([tableRows.length, batch], ids),
  };
}
