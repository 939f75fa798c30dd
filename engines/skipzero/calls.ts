/**
 * Kernel calls of each layer.
 *
 * @module
 */
import {
  attentionContext,
  attentionScores,
  elementwise,
  embed,
  layerNorm,
  type Op,
  rowBytes,
  scatterCells,
  softmax,
  spmm,
  type Step,
  type Target,
} from "../../kernels/mod.ts";
import type { BatchSegment } from "./batch/segment.ts";
import type { Activation, Layer, LayerPlan, LinearLayer, Value } from "./layers.ts";
import { maskKey, type Place, type Places } from "./place.ts";
import type { ScheduleInput, Share } from "./schedule.ts";
import { itemsOf } from "./token_lanes.ts";
import type { PlacedParameters, PlacedWeight } from "./weights.ts";

/** Makes the steps of layers. */
export interface LayerKernels {
  /** Steps that run a layer of tokens on a thread's share of a group. */
  run(layer: Layer, share: Share): readonly Step[];
}

/** A run of panels of a value at absolute addresses. */
interface Run extends Place {
  /** Number of panels. */
  readonly count: number;
}

/** What every layer needs. */
interface Context {
  readonly plan: LayerPlan;
  readonly places: Places;
  readonly parameters: PlacedParameters;
  readonly batch: BatchSegment;
  readonly target: Target;
  readonly panelLanes: number;
  readonly base: number;
}

/** The kernel id that a linear layer is called with. */
export function linearKernelId(
  layer: LinearLayer,
  weight: PlacedWeight,
  target: Target,
  panelLanes: number,
): string {
  return linearKernel(layer, weight, target, panelLanes).id;
}

/** Makes the steps of layers at absolute addresses: `base` is added to every relative one. */
export function createKernels(input: ScheduleInput, base: number): LayerKernels {
  const context: Context = { ...input, panelLanes: input.places.tokens.panelLanes, base };
  const { places } = context;
  return {
    run: (layer, share) =>
      layer.kind === "attention"
        ? attentionSteps(context, layer, share)
        : layer.kind === "embed"
        ? embedSteps(context, layer, share)
        : layer.kind === "select"
        ? selectSteps(context, layer, share)
        : panelSteps(context, layer, (value) => {
          const { address, stride } = places.of(value, share.group, share.owner);
          return { address: base + address + share.first * stride, stride, count: share.count };
        }),
  };
}

function call<Named>(kernel: Op<Named>, named: Named): Step {
  return { do: "call", kernel, args: kernel.args(named) };
}

/** Layers that treat every panel alike. */
function panelSteps(context: Context, layer: Layer, runOf: (value: Value) => Run): readonly Step[] {
  switch (layer.kind) {
    case "linear":
      return linearSteps(context, layer, runOf);
    case "layer_norm":
      return layerNormSteps(context, layer, runOf);
    case "activate":
      return activateSteps(context, layer, runOf);
    default:
      throw new RangeError(`Cannot schedule ${layer.kind}: it does not treat every panel alike`);
  }
}

function linearSteps(
  { parameters, target, panelLanes, base }: Context,
  layer: LinearLayer,
  runOf: (value: Value) => Run,
): readonly Step[] {
  const weight = parameters.weights.get(layer);
  if (weight === undefined) throw new RangeError(`Cannot schedule "${layer.weight}": not packed`);
  const [x, y] = [runOf(layer.x), runOf(layer.out)];
  const residual = layer.residual === null ? null : runOf(layer.residual);
  return [
    call(linearKernel(layer, weight, target, panelLanes), {
      x: x.address,
      xPanelStride: x.stride,
      y: y.address,
      yPanelStride: y.stride,
      ...(residual && { residual: residual.address, residualPanelStride: residual.stride }),
      weights: base + weight.stream,
      packed: weight.packed,
      panels: x.count,
    }),
  ];
}

function linearKernel(
  layer: LinearLayer,
  weight: PlacedWeight,
  target: Target,
  panelLanes: number,
): ReturnType<typeof spmm> {
  return spmm({
    target,
    pattern: weight.choice.pattern,
    post: layer.activation,
    residual: layer.residual !== null,
    panelLanes,
    severalPasses: weight.packed.passes > 1,
  });
}

function layerNormSteps(
  { parameters, target, panelLanes, base }: Context,
  layer: Extract<Layer, { kind: "layer_norm" }>,
  runOf: (value: Value) => Run,
): readonly Step[] {
  const { epsilon, out } = layer;
  const kernel = layerNorm({ target, rows: out.rows, epsilon, panelLanes });
  const [x, y] = [runOf(layer.x), runOf(out)];
  return eachPanel(x.count, (panel) =>
    call(kernel, {
      x: x.address + panel * x.stride,
      y: y.address + panel * y.stride,
      gamma: base + addressOf(parameters, layer.gamma),
      beta: base + addressOf(parameters, layer.beta),
    }));
}

function activateSteps(
  { target, panelLanes }: Context,
  layer: Extract<Layer, { kind: "activate" }>,
  runOf: (value: Value) => Run,
): readonly Step[] {
  const kernel = elementwise({ target, post: notNone(layer.activation) });
  const [x, y] = [runOf(layer.x), runOf(layer.out)];
  return eachPanel(x.count, (panel) =>
    call(kernel, {
      x: x.address + panel * x.stride,
      y: y.address + panel * y.stride,
      length: layer.out.rows * panelLanes,
    }));
}

function notNone(activation: Activation): Exclude<Activation, "none"> {
  if (activation === "none") throw new RangeError("Cannot schedule an activation: it is none");
  return activation;
}

function embedSteps(
  { places, parameters, target, panelLanes, base }: Context,
  layer: Extract<Layer, { kind: "embed" }>,
  share: Share,
): readonly Step[] {
  const [word, position, type] = layer.terms;
  if (!word || !position || !type || layer.terms.length !== 3) {
    throw new RangeError(
      `Cannot compile embedding "${layer.out.name}": ${layer.terms.length} tables, expected 3 (words, positions, types)`,
    );
  }
  const kernel = embed({ target, hidden: layer.out.rows, panelLanes });
  const { address, stride } = places.of(layer.out, share.group, share.owner);
  const table = (term: typeof word) => base + addressOf(parameters, term.table);
  const offsets = (term: typeof word, panel: number) => {
    const group = typeof term.ids === "string" ? share.group : 0;
    const list = places.inputs.ids.get(term.ids) ?? 0;
    return base + list + (group * places.inputs.lanes + panel * panelLanes) * 4;
  };
  return eachPanel(share.count, (index) => {
    const panel = share.first + index;
    return call(kernel, {
      words: table(word),
      wordOffsets: offsets(word, panel),
      positions: table(position),
      positionOffsets: offsets(position, panel),
      types: table(type),
      typeOffsets: offsets(type, panel),
      scratch: base + places.scratch(share.thread),
      y: base + address + panel * stride,
    });
  });
}

/** Attention of every sequence of a group. */
function attentionSteps(
  context: Context,
  layer: Extract<Layer, { kind: "attention" }>,
  share: Share,
): readonly Step[] {
  const { plan, places } = context;
  return itemsOf(places.tokens, share.group, plan.batch).flatMap((item) =>
    sequenceSteps(context, layer, share, item)
  );
}

/** Scores, softmax and context of every head of a sequence for each panel of queries. */
function sequenceSteps(
  { plan, places, target, panelLanes, base }: Context,
  layer: Extract<Layer, { kind: "attention" }>,
  share: Share,
  item: number,
): readonly Step[] {
  const { heads, mask, scale } = layer;
  const { perGroup, slotLanes } = places.tokens;
  const features = layer.out.rows / heads;
  const keyCount = plan.sequence;
  const lanes = perGroup === 1 ? panelLanes : slotLanes;
  const [score, normalise, mix] = [
    attentionScores({ target, scale, panelLanes, lanes }),
    softmax({ target, panelLanes, lanes }),
    attentionContext({ target, panelLanes, lanes }),
  ];
  const lane = places.laneOf(item) - share.group * places.inputs.lanes;
  const at = (value: Value) => {
    const { address, stride } = places.of(value, share.group, share.owner);
    return { address: address + 4 * lane, stride };
  };
  const [q, k, v, out] = [at(layer.q), at(layer.k), at(layer.v), at(layer.out)];
  const list = mask === null
    ? places.inputs.noMask
    : places.inputs.masks.get(maskKey(mask))?.address ?? 0;
  const bias = base + list + 4 * places.laneOf(item);
  const scores = base + places.scratch(share.thread);
  const steps: Step[] = [];
  for (let head = 0; head < heads; head++) {
    const row = base + head * features * rowBytes(panelLanes);
    for (let panel = share.first; panel < share.first + share.count; panel++) {
      steps.push(
        call(score, {
          keys: row + k.address,
          keyPanelStride: k.stride,
          queries: row + q.address + panel * q.stride,
          bias,
          scores,
          keyCount,
          features,
        }),
        call(normalise, { x: scores, rows: keyCount }),
        call(mix, {
          values: row + v.address,
          valuePanelStride: v.stride,
          probabilities: scores,
          context: row + out.address + panel * out.stride,
          keyCount,
          features,
        }),
      );
    }
  }
  return steps;
}

/** Copies one token of each sequence to the features of the batch's item. */
function selectSteps(
  { plan, places, batch, target, panelLanes, base }: Context,
  layer: Extract<Layer, { kind: "select" }>,
  share: Share,
): readonly Step[] {
  const x = places.of(layer.x, share.group, share.owner);
  return itemsOf(places.tokens, share.group, plan.batch).flatMap((item) => {
    const lane = places.laneOf(item) - share.group * places.inputs.lanes + layer.token;
    const panel = Math.floor(lane / panelLanes);
    if (panel < share.first || panel >= share.first + share.count) return [];
    const to = batch.item(layer.out, item);
    return [
      call(scatterCells({ target }), {
        x: base + x.address + panel * x.stride + 4 * (lane % panelLanes),
        xRowBytes: rowBytes(panelLanes),
        xChannelBytes: 0,
        y: base + to.address,
        yCellBytes: to.featureBytes,
        channels: 1,
        rows: layer.out.rows,
        cells: 1,
      }),
    ];
  });
}

function eachPanel(count: number, step: (panel: number) => Step): readonly Step[] {
  return Array.from({ length: count }, (_, panel) => step(panel));
}

function addressOf(parameters: PlacedParameters, name: string): number {
  const address = parameters.addresses.get(name);
  if (address === undefined) throw new RangeError(`Cannot schedule "${name}": it has no place`);
  return address;
}
