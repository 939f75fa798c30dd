/**
 * Sizes of the recommendation model DLRM (Naumov et al. 2019) as MLPerf measures it on the Criteo Terabyte log.
 *
 * @module
 */

/** Sizes of a DLRM. */
export interface DlrmConfig {
  /** Short name. */
  readonly name: string;
  /** Numeric features of a sample. */
  readonly dense: number;
  /** Outputs of the layers on the numeric features; the last one is the size of an embedding. */
  readonly bottom: readonly number[];
  /** Outputs of the layers on the interactions; the last one is the click. */
  readonly top: readonly number[];
  /** Rows of each embedding table as built. */
  readonly tableRows: readonly number[];
  /** Rows of each table as published. */
  readonly publishedRows: readonly number[];
}

/** Rows of the 26 tables of Criteo Terabyte with `max-ind-range` 40 million. */
export const CRITEO_ROWS: readonly number[] = [
  39_884_406,
  39_043,
  17_289,
  7_420,
  20_263,
  3,
  7_120,
  1_543,
  63,
  38_532_951,
  2_953_546,
  403_346,
  10,
  2_208,
  11_938,
  155,
  4,
  976,
  14,
  39_979_771,
  25_641_295,
  39_664_984,
  585_935,
  12_972,
  108,
  36,
];

/** Size of an embedding in MLPerf's model. */
const EMBEDDING = 128;

/** Memory that the tables get unless told otherwise: 256 MiB, which leaves a `.onnx` file well below its limit of 2 GiB. */
const TABLE_BYTES = 2 ** 28;

/**
 * MLPerf's model. Its tables take 96 GB, so every table keeps as many rows as fit when all have the same cap; indices into a capped
 * table are the published ones modulo its rows. `tableRows` beside `publishedRows` records what was cut.
 *
 * @param tableBytes Memory for all tables together, as float32.
 * @throws {RangeError} If not even one row of each table fits.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const { tableRows, publishedRows } = dlrmConfig(2 ** 30);
 * assertEquals([tableRows[1], publishedRows[1]], [39_043, 39_043]);
 * assertEquals([tableRows[0], publishedRows[0]], [246_998, 39_884_406]);
 * ```
 */
export function dlrmConfig(tableBytes: number = TABLE_BYTES): DlrmConfig {
  const cap = largestCap(Math.floor(tableBytes / (4 * EMBEDDING)), tableBytes);
  return {
    name: "dlrm",
    dense: 13,
    bottom: [512, 256, EMBEDDING],
    top: [1024, 1024, 512, 256, 1],
    tableRows: CRITEO_ROWS.map((rows) => Math.min(rows, cap)),
    publishedRows: CRITEO_ROWS,
  };
}

/**
 * What capping changed, in words for a result; empty if every table is whole.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(describeCaps(dlrmConfig(2 ** 40)), []); // room for all
 * assertEquals(describeCaps(dlrmConfig(2 ** 28)).length, 1);
 * ```
 */
export function describeCaps({ name, tableRows, publishedRows }: DlrmConfig): readonly string[] {
  const capped = [...tableRows.keys()].filter((table) => tableRows[table]! < publishedRows[table]!);
  if (capped.length === 0) return [];
  const rows = (count: number) => count.toLocaleString("en-US");
  const [cap] = capped.map((table) => tableRows[table]!);
  const list = capped.map((table) => `${table}: ${rows(publishedRows[table]!)}`).join("; ");
  return [
    `${name}: ${capped.length} of ${tableRows.length} embedding tables are capped to ${
      rows(cap!)
    } rows (${list} as published); look-ups of many rows may hit caches more often`,
  ];
}

/** The largest cap under which the tables have at most `budget` rows together. */
function largestCap(budget: number, tableBytes: number): number {
  let left = budget;
  const sorted = CRITEO_ROWS.toSorted((a, b) => a - b);
  for (const [i, rows] of sorted.entries()) {
    const share = Math.floor(left / (sorted.length - i)); // if all that are left had the same
    if (share < 1) {
      throw new RangeError(
        `Cannot size dlrm: ${tableBytes} bytes for tables, expected at least ${
          sorted.length * 4 * EMBEDDING
        }`,
      );
    }
    if (rows > share) return share;
    left -= rows;
  }
  return sorted.at(-1)!;
}
