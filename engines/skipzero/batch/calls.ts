/**
 * Kernel calls of the actions of the batch.
 *
 * @module
 */
import {
  callStep,
  elementwise,
  gatherRows,
  layerNorm,
  pairProducts,
  rowBytes,
  scatterCells,
  spmm,
  type Step,
  type Target,
} from "../../../kernels/mod.ts";
import type { Layer, LinearLayer } from "../layers.ts";
import type { BatchInputs } from "./inputs.ts";
import type { LookUpLayer, PairProductsLayer, ReadLayer } from "./layers.ts";
import type { PairList } from "./pair_lists.ts";
import type { BatchPlaces } from "./places.ts";
import type { Action, Storage } from "./route.ts";
import type { BatchWeight } from "./weights.ts";

/** What calls are made from. Addresses are relative. */
export interface BatchContext {
  /** Instruction set. */
  readonly target: Target;
  /** Items. */
  readonly batch: number;
  /** Threads that share the batch. */
  readonly threads: number;
  /** Where values are. */
  readonly places: BatchPlaces;
  /** Where inputs are. */
  readonly inputs: BatchInputs;
  /** Where weights are. */
  readonly weights: ReadonlyMap<LinearLayer, BatchWeight>;
  /** Where other initializers are. */
  readonly addresses: ReadonlyMap<string, number>;
  /** Tiles of interactions. */
  readonly pairs: ReadonlyMap<PairProductsLayer, PairList>;
  /** For each list of row offsets of a conversion: byte offsets of the items, by bytes from one to the next. */
  readonly itemOffsets: ReadonlyMap<number, number>;
}

/** Calls of an action on one panel. Its rows, if it reads any, are complete. */
export function panelCalls(
  context: BatchContext,
  base: number,
  action: Action,
  panel: number,
  thread: number,
): readonly Step[] {
  const { places, target } = context;
  const { panelLanes } = places;
  const at = (storage: Storage) => base + places.panel(storage, panel, thread);
  const { layer, inputs, out } = action;
  const y = at(out);
  const length = layer.out.rows * panelLanes;
  if (action.kind === "convert") {
    const [x] = action.inputs;
    const stride = places.stride(x);
    const offsets = context.itemOffsets.get(stride)! + 4 * panel * panelLanes;
    const named = {
      table: base + places.rows(x),
      offsets: base + offsets,
      features: x.value.rows,
      y,
    };
    return [callStep(gatherRows({ target, panelLanes }), named)];
  }
  switch (layer.kind) {
    case "linear":
      return linearCalls(context, base, layer, inputs.map(at), y);
    case "activate":
    case "copy": {
      const kernel = elementwise({
        target,
        post: layer.kind === "copy" ? "none" : layer.activation,
      });
      return [callStep(kernel, { x: at(inputs[0]!), y, length })];
    }
    case "layer_norm": {
      const { epsilon } = layer;
      const kernel = layerNorm({ target, rows: layer.out.rows, epsilon, panelLanes });
      const [gamma, beta] = [layer.gamma, layer.beta].map((name) =>
        base + context.addresses.get(name)!
      ) as [number, number]; // one for each
      return [callStep(kernel, { x: at(inputs[0]!), y, gamma, beta })];
    }
    case "read":
    case "look_up":
      return gatherCalls(context, base, layer, panel, y);
    case "pair_products": {
      const { list, options } = context.pairs.get(layer)!;
      const { tiles, tileCount } = list;
      const named = { x: at(inputs[0]!), tiles: base + tiles, tileCount, y };
      return [callStep(pairProducts(options), named)];
    }
    default:
      throw new RangeError(
        `Cannot schedule ${layer.kind}: it does not work on features of a batch`,
      );
  }
}

function linearCalls(
  { weights, places, target }: BatchContext,
  base: number,
  layer: LinearLayer,
  [x = 0, residual]: readonly number[],
  y: number,
): readonly Step[] {
  const weight = weights.get(layer);
  if (weight?.format !== "panels") {
    throw new RangeError(`Cannot schedule "${layer.weight}": it is not packed for panels`);
  }
  const { packed, choice, stream } = weight;
  const kernel = spmm({
    target,
    pattern: choice.pattern,
    post: layer.activation,
    residual: residual !== undefined,
    panelLanes: places.panelLanes,
    severalPasses: packed.passes > 1,
  });
  const strides = { xPanelStride: 0, yPanelStride: 0, residualPanelStride: 0 };
  const added = residual === undefined ? {} : { residual };
  return [
    callStep(kernel, { x, y, ...strides, ...added, weights: base + stream, packed, panels: 1 }),
  ];
}

function gatherCalls(
  { places, inputs, target }: BatchContext,
  base: number,
  layer: ReadLayer | LookUpLayer,
  panel: number,
  y: number,
): readonly Step[] {
  const { panelLanes } = places;
  const { table, offsets } = inputs.gathered(layer);
  const named = {
    table: base + table,
    offsets: base + offsets + 4 * panel * panelLanes,
    features: layer.out.rows,
    y,
  };
  const indirect = layer.kind === "read";
  return [callStep(gatherRows({ target, panelLanes, indirect }), named)];
}

/** Calls of an action that writes rows, one list a thread. */
export function rowsCalls(
  context: BatchContext,
  base: number,
  action: Action,
): readonly (readonly Step[])[] {
  const { places, target, batch, threads, weights } = context;
  const { inputs, out } = action;
  const itemsOf = (thread: number) => share(batch, threads, thread);
  const y = base + places.rows(out);
  const [x] = inputs;
  if (action.kind === "convert") {
    return Array.from(
      { length: threads },
      (_, thread) => itemsOf(thread).map((item) => itemCall(context, base, x!, out, item)),
    );
  }
  const layer: Layer = action.layer;
  if (layer.kind === "linear") {
    const weight = weights.get(layer);
    if (weight?.format !== "rows" || !x) {
      throw new RangeError(`Cannot schedule "${layer.weight}": it is not packed for rows`);
    }
    const data = weight.data.map((address) => base + address);
    return weight.plan.calls({ x: base + places.rows(x), y, data });
  }
  if (layer.kind === "read") return Array.from({ length: threads }, () => []);
  if (layer.kind !== "activate" || !x) {
    throw new RangeError(`Cannot schedule ${layer.kind}: it does not work on rows`);
  }
  const kernel = elementwise({ target, post: layer.activation });
  const stride = places.stride(out);
  return Array.from({ length: threads }, (_, thread) => {
    const items = itemsOf(thread);
    if (items.length === 0) return [];
    const first = items[0]! * stride;
    const length = items.length * stride / 4;
    return [callStep(kernel, { x: base + places.rows(x) + first, y: y + first, length })];
  });
}

/** One item from a lane of its panel to a row. */
function itemCall(
  { places, target }: BatchContext,
  base: number,
  x: Storage,
  out: Storage,
  item: number,
): Step {
  return callStep(scatterCells({ target }), {
    x: base + places.item(x, item).address,
    xRowBytes: rowBytes(places.panelLanes),
    xChannelBytes: 0,
    y: base + places.item(out, item).address,
    yCellBytes: 4,
    channels: 1,
    rows: x.value.rows,
    cells: 1,
  });
}

/** The numbers below `count` that a thread has. */
export function share(count: number, threads: number, thread: number): readonly number[] {
  const first = Math.floor(count * thread / threads);
  const end = Math.floor(count * (thread + 1) / threads);
  return Array.from({ length: end - first }, (_, i) => first + i);
}
