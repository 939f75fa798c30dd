/**
 * Embedding look-up: `out[h][lane] = word[h] + position[h] + type[h]`, each from the table row that the lane's token
 * names.
 *
 * Idea: a table row is contiguous along h, a panel row is contiguous along lanes, so the look-up is a transposition. First,
 * lane by lane, the three table rows are added with full vectors into a scratch `[lane][h]`; then 4-byte integers
 * carry it over, 8 rows of the panel at a time, so that they write 8 open cache lines and read each line of the scratch
 * while it is in the first-level cache.
 *
 * Layout: scratch rows are `hidden * 4 + 64` bytes apart; without the 64, 64 lanes of a power-of-two size would fall into
 * the same set of the cache. Ids come as three lists of P byte offsets (u32) into the tables, so that the kernel needs no
 * multiplication and positions may start anywhere; lanes past the last token use offset 0.
 *
 * Cost: per element one 4-byte load and store, 1.4 cycles together with the 5 / lanes vector operations: 0.03 ms for a panel of
 * 64 tokens and 1024 features. Limits: the one 4-byte store a cycle.
 *
 * @module
 */
import type { Scalar, Target, Vector, VectorMachine } from "../machine.ts";
import { takeVectors } from "./columns.ts";
import { type Arguments, defineOp, type Op } from "./op.ts";
import { checkPanelLanes, PANEL_LANES, rowBytes } from "./panel.ts";

/** Which `embed` kernel. */
export interface EmbedOptions {
  /** Instruction set. */
  readonly target: Target;
  /** Features of an embedding. */
  readonly hidden: number;
  /** Width P of the panel; default {@linkcode PANEL_LANES}. */
  readonly panelLanes?: number;
}

/** What one call of `embed` works on. Each list holds P u32 byte offsets into its table. */
export interface EmbedArguments {
  /** Table of `hidden` float32 a row. */
  readonly words: number;
  /** Offsets into `words`. */
  readonly wordOffsets: number;
  /** Table of `hidden` float32 a row. */
  readonly positions: number;
  /** Offsets into `positions`. */
  readonly positionOffsets: number;
  /** Table of `hidden` float32 a row. */
  readonly types: number;
  /** Offsets into `types`. */
  readonly typeOffsets: number;
  /** `embedScratchBytes` bytes for the kernel; not shared between threads. */
  readonly scratch: number;
  /** Panel, `[hidden][P]`; overwritten. */
  readonly y: number;
}

const SLOTS = [
  "words",
  "wordOffsets",
  "positions",
  "positionOffsets",
  "types",
  "typeOffsets",
  "scratch",
  "y",
] as const;

const ROWS_AT_ONCE = 8;

/** Bytes of the scratch of an {@linkcode embed} kernel. */
export function embedScratchBytes(hidden: number, panelLanes: number = PANEL_LANES): number {
  return panelLanes * scratchStride(hidden);
}

function scratchStride(hidden: number): number {
  return hidden * 4 + 64;
}

/** The `embed` kernel of one panel. */
export function embed(options: EmbedOptions): Op<EmbedArguments> {
  const { target, hidden, panelLanes = PANEL_LANES } = options;
  checkPanelLanes(panelLanes);
  return defineOp({
    id: `embed_f32_${target}_${hidden}_${panelLanes}`,
    slots: SLOTS,
    derive: (named) => ({ ...named }),
    emit: (machine, argument) => {
      machine.scope(() => addTables(machine, argument, hidden, panelLanes));
      machine.scope(() => transpose(machine, argument, hidden, panelLanes));
    },
  });
}

function addTables(
  machine: VectorMachine,
  argument: Arguments<(typeof SLOTS)[number]>,
  hidden: number,
  panelLanes: number,
): void {
  const tables = ([
    ["words", "wordOffsets"],
    ["positions", "positionOffsets"],
    ["types", "typeOffsets"],
  ] as const).map(([table, list]) => ({ table, offsets: argument(list) }));
  const to = argument("scratch");
  machine.repeat(panelLanes, () => {
    machine.scope(() => {
      const rows = tables.map(({ table, offsets }) => {
        const row = machine.scalar();
        machine.loadU32(row, { base: offsets });
        machine.scope(() => machine.increase(row, argument(table)));
        return row;
      });
      addRows(machine, rows, to, hidden);
    });
    for (const { offsets } of tables) machine.increase(offsets, 4);
  });
}

/** Sums three rows into `to`, which moves to the next lane of the scratch. */
function addRows(
  machine: VectorMachine,
  rows: readonly Scalar[],
  to: Scalar,
  hidden: number,
): void {
  const [sum, value] = takeVectors(machine, 2) as [Vector, Vector];
  const [first, ...others] = rows;
  const add = (
    load: (to: Vector, from: { base: Scalar }) => void,
    store: (to: { base: Scalar }, from: Vector) => void,
    floats: number,
  ): void => {
    load(sum, { base: first! });
    for (const row of others) {
      load(value, { base: row });
      machine.add(sum, sum, value);
    }
    store({ base: to }, sum);
    for (const pointer of [...rows, to]) machine.increase(pointer, floats * 4);
  };
  machine.repeat(
    Math.floor(hidden / machine.lanes),
    () => add(machine.load, machine.store, machine.lanes),
  );
  machine.repeat(hidden % machine.lanes, () => add(machine.broadcast, machine.storeLane0, 1));
  machine.increase(to, scratchStride(hidden) - hidden * 4);
}

function transpose(
  machine: VectorMachine,
  argument: Arguments<(typeof SLOTS)[number]>,
  hidden: number,
  panelLanes: number,
): void {
  const row = rowBytes(panelLanes);
  const from = argument("scratch");
  const to = argument("y");
  const moveRows = (rows: number): void => {
    machine.scope(() => {
      const [lane, cell, bits] = [machine.scalar(), machine.scalar(), machine.scalar()];
      machine.move(lane, from);
      machine.move(cell, to);
      machine.repeat(panelLanes, () => {
        for (let r = 0; r < rows; r++) {
          machine.loadU32(bits, { base: lane, disp: 4 * r });
          machine.storeU32({ base: cell, disp: r * row }, bits);
        }
        machine.increase(lane, scratchStride(hidden));
        machine.increase(cell, 4);
      });
    });
    machine.increase(from, 4 * rows);
    machine.increase(to, row * rows);
  };
  machine.repeat(Math.floor(hidden / ROWS_AT_ONCE), () => moveRows(ROWS_AT_ONCE));
  machine.repeat(hidden % ROWS_AT_ONCE, () => moveRows(1));
}
