/**
 * What `embed` computes.
 *
 * @module
 */

/** A table and the rows that the lanes of a panel take from it. */
export interface LookUp {
  /** Row-major, `hidden` values a row. */
  readonly table: Float32Array;
  /** Row number of each lane. */
  readonly ids: readonly number[];
}

/** The sum of the looked-up rows, `[hidden][lane]`. */
export function referenceEmbed(lookUps: readonly LookUp[], hidden: number): Float64Array {
  const lanes = lookUps[0]?.ids.length ?? 0;
  const y = new Float64Array(hidden * lanes);
  for (const { table, ids } of lookUps) {
    ids.forEach((id, lane) => {
      for (let h = 0; h < hidden; h++) y[h * lanes + lane]! += table[id * hidden + h]!;
    });
  }
  return y;
}
