/**
 * What the layers of an image plan read besides planes: packed weights, masks and tables, in the arena.
 *
 * @module
 */
import {
  type CopyTable,
  copyTable,
  copyTables,
  globalPoolingWords,
  LANES,
  maskRows,
  planConvolution,
  type PlannedConvolution,
  type PlannedPooling,
  planPooling,
  type Target,
} from "../../../kernels/mod.ts";
import type { Layout } from "../layout.ts";
import { chooseConvolution, type ConvolutionChoice, type ConvolutionChoices } from "./choose.ts";
import {
  type ConvolutionLayer,
  type EvaluateLayer,
  type GlobalPoolLayer,
  type ImagePlan,
  type PoolLayer,
  stripRowBytes,
} from "./layers.ts";
import type { ImageLayouts, WindowLayer } from "./layouts.ts";

/** A convolution whose weights have a place. Addresses are relative to the layout. */
export interface PlacedConvolution {
  /** Packed weights and tiles. */
  readonly planned: PlannedConvolution;
  /** Stream of each pass. */
  readonly streams: readonly number[];
  /** The mask, if any. */
  readonly mask: number;
  /** Why these weights are packed so. */
  readonly choice: ConvolutionChoice;
}

/** A pooling whose tables have a place. */
export interface PlacedPooling {
  /** Tiles and tables. */
  readonly planned: PlannedPooling;
  /** Offsets of the taps. */
  readonly taps: number;
  /** Factors, if any. */
  readonly factors: number;
  /** The mask, if any. */
  readonly mask: number;
}

/** Everything in its place. */
export interface PlacedImageParameters {
  /** By layer. */
  readonly convolutions: ReadonlyMap<ConvolutionLayer, PlacedConvolution>;
  /** By layer. */
  readonly pools: ReadonlyMap<PoolLayer, PlacedPooling>;
  /** Table of each global pooling of images that a layer wrote. */
  readonly globals: ReadonlyMap<GlobalPoolLayer, number>;
  /** Rows of numbers, as far apart as the strips that are computed with them. */
  readonly constantRows: ReadonlyMap<EvaluateLayer, number>;
  /** Tables of copies without a step, by the cells in the last vector of a row. */
  readonly rowEnds: ReadonlyMap<number, number>;
  /** Tables of each copy, by their keys. */
  readonly copies: ReadonlyMap<WindowLayer, ReadonlyMap<number, number>>;
}

/** Packs and places what the layers read. */
export function placeImageParameters(
  plan: ImagePlan,
  layouts: ImageLayouts,
  layout: Layout,
  options: ConvolutionChoices & { readonly target: Target },
): PlacedImageParameters {
  const { target } = options;
  const place = placeOnce(layout);
  const convolutions = new Map<ConvolutionLayer, PlacedConvolution>();
  const pools = new Map<PoolLayer, PlacedPooling>();
  const globals = new Map<GlobalPoolLayer, number>();
  const rowEnds = new Map<number, number>();
  const constantRows = new Map<EvaluateLayer, number>();
  const copies = new Map<WindowLayer, ReadonlyMap<number, number>>();
  for (const layer of plan.layers) {
    if (layer.kind === "convolution") {
      convolutions.set(layer, placeConvolution(layer, layouts, layout, place, options));
    } else if (layer.kind === "pool") {
      pools.set(layer, placePool(layer, layouts, target, place));
    } else if (layer.kind === "global_pool") {
      globals.set(layer, place(globalPoolingWords(target, layer.pooling, layouts.of(layer.x))));
    } else if (layer.kind === "strips") {
      for (const { x: { size: [, width] } } of layer.parts) {
        rowEnds.set(width % LANES[target], place(copyTable(target, 1, width, 0)));
      }
    } else if (layer.kind === "evaluate") {
      constantRows.set(layer, place(rowTable(plan.constantRows, stripRowBytes(layer.x))));
    }
    const copy = layer.kind === "convolution" || layer.kind === "pool"
      ? layouts.copyOf(layer)
      : null;
    if (copy !== null) {
      const placed = ({ key, words }: CopyTable) => [key, place(words)] as const;
      copies.set(layer as WindowLayer, new Map(copyTables(target, copy).map(placed)));
    }
  }
  return { convolutions, pools, globals, constantRows, rowEnds, copies };
}

/** Rows so many bytes apart. */
function rowTable(rows: readonly Float32Array[], rowBytes: number): Uint32Array {
  const table = new Float32Array(rows.length * rowBytes / 4);
  rows.forEach((row, i) => table.set(row.subarray(0, rowBytes / 4), i * rowBytes / 4));
  return new Uint32Array(table.buffer);
}

/** Places words, equal ones once: layers of a stage have the same masks and tables. */
function placeOnce(layout: Layout): (words: Uint32Array) => number {
  const known: { readonly words: Uint32Array; readonly address: number }[] = [];
  return (words) => {
    const equal = known.find((other) =>
      other.words.length === words.length && other.words.every((word, i) => word === words[i])
    );
    if (equal !== undefined) return equal.address;
    const address = layout.place(words);
    known.push({ words, address });
    return address;
  };
}

function placeConvolution(
  layer: ConvolutionLayer,
  layouts: ImageLayouts,
  layout: Layout,
  place: (words: Uint32Array) => number,
  options: ConvolutionChoices & { readonly target: Target },
): PlacedConvolution {
  const { out, x, groups, window, scale } = layer;
  const read = layouts.copyOf(layer) ?? layouts.of(x);
  const { values } = layer;
  const masks = maskRows(values, out.channels, values.length / out.channels);
  const choice = chooseConvolution(layer, masks, options);
  const planned = planConvolution({
    target: options.target,
    weights: { values, outputChannels: out.channels, inputChannels: x.channels, groups },
    window,
    read,
    output: layouts.of(out),
    pattern: choice.pattern,
    post: layer.activation,
    residual: layer.residual !== null,
    masked: layouts.hasCleanPads(out),
    masks,
    ...layer.bias && { bias: layer.bias },
    ...scale && { scale },
  });
  return {
    planned,
    streams: planned.packed.passes.map(({ words, write }) => layout.write(words, write)),
    mask: planned.mask === null ? 0 : place(planned.mask),
    choice,
  };
}

function placePool(
  layer: PoolLayer,
  layouts: ImageLayouts,
  target: Target,
  place: (words: Uint32Array) => number,
): PlacedPooling {
  const planned = planPooling({
    target,
    pooling: layer.pooling,
    window: layer.window,
    channels: layer.x.channels,
    read: layouts.copyOf(layer) ?? layouts.of(layer.x),
    output: layouts.of(layer.out),
    countPads: layer.countPads,
    masked: layouts.hasCleanPads(layer.out),
  });
  return {
    planned,
    taps: place(planned.taps),
    factors: planned.factors === null ? 0 : place(new Uint32Array(planned.factors.buffer)),
    mask: planned.mask === null ? 0 : place(planned.mask),
  };
}
