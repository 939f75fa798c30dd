/**
 * Copies one lane of a panel into one lane of another: the first token of each sequence, say, into a panel of its own.
 *
 * Cost: a 4-byte load and store for each row, each in a cache line of its own: small because it is done once a sequence.
 *
 * @module
 */
import type { Target } from "../machine.ts";
import { defineOp, type Op } from "./op.ts";
import { checkPanelLanes, PANEL_LANES, rowBytes } from "./panel.ts";

/** Which `gatherLane` kernel. */
export interface GatherLaneOptions {
  /** Instruction set. */
  readonly target: Target;
  /** Width P of both panels; default {@linkcode PANEL_LANES}. */
  readonly panelLanes?: number;
}

/** What one call of `gatherLane` works on. */
export interface GatherLaneArguments {
  /** Panel that is read. */
  readonly x: number;
  /** Lane that is read. */
  readonly fromLane: number;
  /** Panel that is written; its other lanes stay as they are. */
  readonly y: number;
  /** Lane that is written. */
  readonly toLane: number;
  /** Rows to copy. */
  readonly rows: number;
}

/**
 * The `gatherLane` kernel.
 *
 * @throws {RangeError} Its `args` throw if a lane is not in the panel.
 */
export function gatherLane(options: GatherLaneOptions): Op<GatherLaneArguments> {
  const { target, panelLanes = PANEL_LANES } = options;
  checkPanelLanes(panelLanes);
  return defineOp({
    id: `gather_lane_f32_${target}_${panelLanes}`,
    slots: ["from", "to", "rows"],
    derive: ({ x, fromLane, y, toLane, rows }: GatherLaneArguments) => ({
      from: x + 4 * checkLane(fromLane, panelLanes),
      to: y + 4 * checkLane(toLane, panelLanes),
      rows,
    }),
    emit: (machine, argument) => {
      const [from, to] = [argument("from"), argument("to")];
      const bits = machine.scalar();
      machine.repeat(argument("rows"), () => {
        machine.loadU32(bits, { base: from });
        machine.storeU32({ base: to }, bits);
        for (const pointer of [from, to]) machine.increase(pointer, rowBytes(panelLanes));
      });
    },
  });
}

function checkLane(lane: number, panelLanes: number): number {
  if (Number.isInteger(lane) && lane >= 0 && lane < panelLanes) return lane;
  throw new RangeError(`Cannot gather lane ${lane}: expected 0 to ${panelLanes - 1}`);
}
