/**
 * Shares of a layer on panels, one for each thread.
 *
 * Whole panels come first, so that all threads read the same weights; panels that are left over are cut into row blocks, as
 * many stored columns to each thread.
 *
 * @module
 */
import type { PackedWeights } from "../formats/mod.ts";

/** A rectangle of the output that one call computes. */
export interface PanelShare {
  /** First panel. */
  readonly panel: number;
  /** Panels. */
  readonly panels: number;
  /** First row block. */
  readonly block: number;
  /** Row blocks. */
  readonly blocks: number;
}

/**
 * Cuts a layer into shares, one list a thread: whole panels, then row blocks of the panels that are left.
 *
 * @param packed Its `starts` say what each row block costs: the stored columns before each, and their total.
 */
export function splitWork(
  packed: Pick<PackedWeights, "starts">,
  panels: number,
  threads: number,
): readonly (readonly PanelShare[])[] {
  const rowBlocks = packed.starts.length - 1;
  const each = Math.floor(panels / threads);
  const cuts = cutRows(packed.starts, threads);
  return Array.from({ length: threads }, (_, thread) => {
    const block = cuts[thread] ?? 0;
    const blocks = (cuts[thread + 1] ?? 0) - block;
    return [
      { panel: thread * each, panels: each, block: 0, blocks: rowBlocks },
      { panel: each * threads, panels: panels - each * threads, block, blocks },
    ].filter((share) => share.panels > 0 && share.blocks > 0);
  });
}

// what starting and storing a row block costs, in columns
const BLOCK_COST = 3;

/** Where each thread's row blocks begin, and where the last one's end. */
function cutRows(starts: Uint32Array, threads: number): readonly number[] {
  const rowBlocks = starts.length - 1;
  const before = (block: number): number => (starts[block] ?? 0) + BLOCK_COST * block;
  const cuts = [0];
  for (let block = 0; cuts.length < threads; block++) {
    const middle = (before(block) + before(block + 1)) / 2;
    // a block goes to the thread that its middle falls to
    while (
      cuts.length < threads &&
      (block === rowBlocks || middle >= cuts.length / threads * before(rowBlocks))
    ) cuts.push(block);
  }
  return [...cuts, rowBlocks];
}
