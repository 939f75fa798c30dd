/**
 * What is to be said of a mask and its pattern.
 *
 * @module
 */
import { type Mask, type Pattern, proveMask, type Size, unitCount, unitOf } from "../core/mod.ts";
import { count, percent } from "../suites/mod.ts";
import { kernelLetter } from "./mask_lines.ts";

/** Facts in the order in which they are shown, each with its heading. */
export function patternFacts(mask: Mask, pattern: Pattern): [string, string][] {
  const nonZeros = mask.kept.reduce((sum, kept) => sum + kept, 0);
  const { proved, sparsity, violation } = proveMask(mask, pattern);
  const unit = unitOf(pattern);
  const area = unit.rows * unit.cols;
  const units = `${nonZeros / area} of ${unitCount(mask.rows, mask.cols, pattern)} kept`;
  const known = knownAs(pattern);
  return [
    ["size", `${count(mask.rows, "row")} (OC, Y) x ${count(mask.cols, "column")} (IC, X)`],
    ["non-zeros", `${nonZeros} of ${mask.kept.length}`],
    ["sparsity", percent(sparsity)],
    ["unit", `${area === 1 ? "one weight" : sizeWords(unit)}; ${units}`],
    ["prunes together", prunesTogether(pattern)],
    ["proof", proved ? "every unit was checked and obeys" : `broken: ${violation}`],
    ...known === "" ? [] : [["known as", known] as [string, string]],
  ];
}

/** What the documents call the pattern; empty if its own name says it all. */
function knownAs(pattern: Pattern): string {
  switch (pattern.kind) {
    case "block":
      return pattern.name === "dlrm-4x16"
        ? "4x16, in the document on DLRM: 4 input channels by 16 output channels"
        : blockName(pattern);
    case "partitioned":
      return `${blockName(pattern.block)} Partitioned-${pattern.axis.toUpperCase()}`.trim();
    case "complementary":
      return "Complementary";
    default:
      return "";
  }
}

/** Name of the talk; empty if it has none. */
function blockName({ rows, cols }: Size): string {
  if (rows === cols) return rows === 1 ? "" : "Block-XY";
  return rows === 1 ? "Block-X" : cols === 1 ? "Block-Y" : "";
}

function sizeWords({ rows, cols }: Size): string {
  return `${count(rows, "row")} (OC) by ${count(cols, "column")} (IC)`;
}

/** What falls with a weight that is pruned, in words. */
function prunesTogether(pattern: Pattern): string {
  switch (pattern.kind) {
    case "dense":
      return "nothing is pruned";
    case "unstructured":
      return "every weight falls by itself";
    case "block":
      return `a block falls as a whole: ${pattern.rows * pattern.cols} weights`;
    case "n_of_m":
      return `of every ${pattern.m} neighbours along IC the lowest ${pattern.m - pattern.n}`;
    case "partitioned": {
      const { axis, partition, keep, block } = pattern;
      const what = block.rows * block.cols === 1 ? "weights" : "blocks";
      const where = { x: "along IC", y: "along OC", xy: "along IC and along OC" }[axis];
      return `of every ${partition} ${what} ${where} exactly ${partition - keep}`;
    }
    case "complementary": {
      const { kernels } = pattern;
      const letters = `${kernelLetter(0)} to ${kernelLetter(kernels - 1)}`;
      return `of every ${kernels} rows (kernels ${letters}) all but one in each column`;
    }
  }
}
