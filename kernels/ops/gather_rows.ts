/**
 * Rows of a table into a panel: `y[feature][lane] = table[row of the lane][feature]`. Embedding look-ups, and tensors of
 * `[batch][features]` that become panels.
 *
 * Idea: a table row is contiguous along features, a panel row along lanes, so this is a transposition, done on 4 features
 * at a time. Group g of vector k is loaded from the row of lane 4g + k; transposing each group of 4 lanes by itself
 * then makes four rows of the panel.
 *
 * Layout: each lane has a byte offset (u32) into the table; lanes without an item have any that is valid.
 *
 * Cost: for each 4 features and vector of lanes, as many 4-byte and 16-byte loads as there are lanes, 8 shuffles and 4
 * stores: a quarter of a cycle an element with 16 lanes. Features that are left over are moved one by one. Limits: the
 * loads; if tables come from main memory, its latency, shared by all lanes of a vector.
 *
 * @module
 */
import type { Scalar, Target, Vector, VectorMachine } from "../machine.ts";
import { type Arguments, defineOp, type Op } from "./op.ts";
import { checkPanelLanes, PANEL_LANES, rowBytes } from "./panel.ts";
import { type FourVectors, transposeGroups } from "./transpose.ts";

/** Which `gatherRows` kernel. */
export interface GatherRowsOptions {
  /** Instruction set. */
  readonly target: Target;
  /** Width P of the panel; default {@linkcode PANEL_LANES}. */
  readonly panelLanes?: number;
  /** Whether the table is given by the place of its address, so that it may be another one in each run; default false. */
  readonly indirect?: boolean;
}

/** What one call of `gatherRows` works on. */
export interface GatherRowsArguments {
  /** Table of float32; if `indirect`, 8 bytes that hold its address, low word first. */
  readonly table: number;
  /** P u32 byte offsets into it: the row of each lane. */
  readonly offsets: number;
  /** Features to move. */
  readonly features: number;
  /** Panel, `[features][P]`; overwritten. */
  readonly y: number;
}

const SLOTS = ["table", "offsets", "quads", "rest", "y"] as const;
const QUAD = 4;

/** The `gatherRows` kernel of one panel. */
export function gatherRows(options: GatherRowsOptions): Op<GatherRowsArguments> {
  const { target, panelLanes = PANEL_LANES, indirect = false } = options;
  checkPanelLanes(panelLanes);
  return defineOp({
    id: `gather_rows_f32_${target}${indirect ? "_indirect" : ""}_${panelLanes}`,
    slots: SLOTS,
    derive: ({ features, ...named }: GatherRowsArguments) => ({
      ...named,
      quads: Math.floor(features / QUAD),
      rest: features % QUAD,
    }),
    emit: (machine, argument) => {
      const table = () => indirect ? loadAddress(machine, argument("table")) : argument("table");
      emitGatherRows(machine, argument, table, rowBytes(panelLanes));
    },
  });
}

/** Replaces the place of an address by the address: 47 bits on x86-64; in WebAssembly the high word is 0. */
function loadAddress(machine: VectorMachine, place: Scalar): Scalar {
  machine.scope(() => {
    const high = machine.scalar();
    machine.loadU32(high, { base: place, disp: 4 });
    machine.loadU32(place, { base: place });
    machine.shiftLeft(high, 16);
    machine.shiftLeft(high, 16);
    machine.increase(place, high);
  });
  return place;
}

function emitGatherRows(
  machine: VectorMachine,
  argument: Arguments<(typeof SLOTS)[number]>,
  table: () => Scalar,
  row: number,
): void {
  const vectorBytes = 4 * machine.lanes;
  const [offsets, y] = [argument("offsets"), argument("y")];
  machine.repeat(row / vectorBytes, () => {
    machine.scope(() => {
      const [from, to] = [table(), machine.scalar()];
      machine.move(to, y);
      machine.countDown(argument("quads"), () => {
        moveQuads(machine, { from, offsets, to, row });
        machine.increase(from, 4 * QUAD);
        machine.increase(to, QUAD * row);
      });
      machine.countDown(argument("rest"), () => {
        moveFeature(machine, { from, offsets, to, row });
        machine.increase(from, 4);
        machine.increase(to, row);
      });
    });
    machine.increase(offsets, vectorBytes);
    machine.increase(y, vectorBytes);
  });
}

/** Where features come from and go to. */
interface Move {
  /** The first of the features in the first row of the table. */
  readonly from: Scalar;
  /** The offsets of the lanes. */
  readonly offsets: Scalar;
  /** The panel row of the first of the features. */
  readonly to: Scalar;
  /** Bytes of a panel row. */
  readonly row: number;
}

/** Four features of as many lanes as a vector has. */
function moveQuads(machine: VectorMachine, { from, offsets, to, row }: Move): void {
  const quads = [0, 1, 2, 3].map((k): Vector => {
    const quad = machine.vector();
    machine.scope(() => {
      const groups = Array.from({ length: machine.lanes / QUAD }, (_, group) => {
        const index = machine.scalar();
        machine.loadU32(index, { base: offsets, disp: 4 * (QUAD * group + k) });
        return { base: from, index };
      });
      machine.loadGroups(quad, groups);
    });
    return quad;
  }) as readonly Vector[] as FourVectors; // map keeps the length
  transposeGroups(machine, quads);
  quads.forEach((quad, i) => machine.store({ base: to, disp: i * row }, quad));
}

/** One feature of as many lanes as a vector has. */
function moveFeature(machine: VectorMachine, { from, offsets, to }: Move): void {
  const [index, bits] = [machine.scalar(), machine.scalar()];
  for (let lane = 0; lane < machine.lanes; lane++) {
    machine.loadU32(index, { base: offsets, disp: 4 * lane });
    machine.loadU32(bits, { base: from, index });
    machine.storeU32({ base: to, disp: 4 * lane }, bits);
  }
}
