/**
 * Convolutions and their gradients on a kernel back end.
 *
 * Images pass through chunk by chunk: into cells, through the products, back. Threads take a chunk each; if there are fewer chunks, they
 * share the rows of results, and the blocks of outputs in gradients by weights.
 *
 * @module
 */
import { type Backend, LANES } from "../../kernels/mod.ts";
import { bindKernel, type BlockKernel, type Run, type Workspace } from "./block_kernel.ts";
import { bindCells, type Chunk, chunkBytes, chunksOf } from "./cells.ts";
import { backwardPasses, forwardPass, inputPlane, layOut } from "./convolution_geometry.ts";
import { convolveCells, weighCells } from "./convolution_kernels.ts";
import type { ConvolutionLoops, ConvolutionSizes } from "./convolution_loops.ts";
import { padBlocks, preparePasses } from "./convolution_passes.ts";
import {
  floatsAt,
  placeInput,
  type RunPass,
  type Site,
  type Task,
  type Weights,
} from "./convolution_site.ts";
import { prepareWeigher } from "./convolution_weighing.ts";
import type { Floats } from "./loops.ts";
import { openOperands } from "./operands.ts";
import { prepareKeptPasses } from "./sparse/kept_passes.ts";
import type { KeptRows, KeptWeights } from "./sparse/kept_weights.ts";
import { prepareKeptWeigher } from "./sparse/kept_weighing.ts";

const FLOAT = 4;

/** Emits the kernels of {@linkcode ConvolutionLoops}. The workspace is opened after this. */
export function bindConvolutions(backend: Backend): (workspace: Workspace) => ConvolutionLoops {
  const { target } = backend;
  const bind = bindOnce(backend);
  // Small batches leave fewer lanes empty in half a vector.
  const widths = target === "avx512" ? [8, LANES[target]] : [LANES[target]];
  const open = widths.map((lanes) => {
    const runs = {
      convolve: bindKernel(backend, convolveCells(target, lanes)),
      weigh: bindKernel(backend, weighCells(target, lanes)),
    };
    const cells = bindCells(backend, lanes);
    return (workspace: Workspace): Site => ({
      backend,
      lanes,
      ...runs,
      bind,
      cells: cells(workspace),
      operands: openOperands(backend, workspace),
      workspace,
    });
  });
  return (workspace) => {
    const sites = open.map((site) => site(workspace));
    const siteOf = ({ images }: ConvolutionSizes): Site =>
      sites.find(({ lanes }) => lanes >= images) ?? sites.at(-1)!;
    return {
      convolve: (x, weights, bias, sizes, y, kept = null) =>
        convolve(siteOf(sizes), x, { weights, bias, kept }, sizes, y),
      convolveByInput: (dy, weights, sizes, dx, kept = null) =>
        convolveByInput(siteOf(sizes), dy, { weights, bias: null, kept }, sizes, dx),
      convolveByWeights: (x, dy, sizes, dWeights, kept = null) =>
        convolveByWeights(siteOf(sizes), x, dy, sizes, dWeights, kept),
    };
  };
}

function bindOnce(backend: Backend): Site["bind"] {
  const runs = new Map<string, unknown>();
  return <Name extends string>(kernel: BlockKernel<Name>): Run<Name> => {
    const run = runs.get(kernel.id) as Run<Name> | undefined ?? // kernels of one id have the same parameters
      bindKernel(backend, kernel);
    runs.set(kernel.id, run);
    return run;
  };
}

/** What a convolution multiplies by. */
interface Factors {
  readonly weights: Floats;
  readonly bias: Floats | null;
  /** Which weights count; `null` = all. */
  readonly kept: KeptWeights | null;
}

function convolve(
  site: Site,
  x: Floats,
  { weights, bias, kept }: Factors,
  sizes: ConvolutionSizes,
  y: Floats,
): void {
  const { groups, inputs, outputs, window } = sizes;
  const [from, to] = [inputPlane(sizes), layOut(groups, outputs, window.output)];
  const taps = window.kernel[0] * window.kernel[1];
  const k = inputs * taps;
  const task = { from, to, passes: [forwardPass(sizes, from, to)] };
  run(site, task, sizes.images, x, y, kept && kept.outputRows(groups), {
    weightOf: (group) => ({
      first: group * outputs * k,
      output: k,
      input: taps,
    }),
    weights,
    bias,
  });
}

function convolveByInput(
  site: Site,
  dy: Floats,
  { weights, kept }: Factors,
  sizes: ConvolutionSizes,
  dx: Floats,
): void {
  const { groups, inputs, outputs, images, window } = sizes;
  const taps = window.kernel[0] * window.kernel[1];
  const { dy: from, dx: to, passes } = backwardPasses(sizes);
  run(site, { from, to, passes }, images, dy, dx, kept && kept.inputRows(groups), {
    // Inputs and outputs change places.
    weightOf: (group) => ({
      first: group * outputs * inputs * taps,
      output: taps,
      input: inputs * taps,
    }),
    weights,
    bias: null,
  });
}

/** Computes a task for all images, by rows of kept weights or, where these are `null`, by all. */
function run(
  site: Site,
  { from, to, passes }: Task,
  images: number,
  x: Floats,
  y: Floats,
  kept: KeptRows | null,
  weights: Weights,
): void {
  const { workspace, operands, cells, lanes, backend } = site;
  workspace.clear();
  const input = placeInput(site, x);
  const out = operands.output(y);
  const output = { address: out.address, floats: floatsAt(backend, y, out.address) };
  const task = { from, to: kept ? to : padBlocks(to, lanes), passes };
  const chunks = chunksOf(images, lanes);
  const threads = Math.min(backend.threads, chunks.length);
  const prepared: readonly RunPass[] = kept
    ? prepareKeptPasses(site, task, kept, weights)
    : preparePasses(site, task, weights);
  const scratch = Array.from({ length: threads }, () => ({
    from: workspace.take(chunkBytes(from, lanes) / FLOAT),
    to: workspace.take(chunkBytes(task.to, lanes) / FLOAT),
  }));
  for (let first = 0; first < chunks.length; first += threads) {
    const round = chunks.slice(first, first + threads);
    cells.interleave(from, input, round.map((chunk, i) => ({ ...chunk, cells: scratch[i]!.from })));
    for (const pass of prepared) pass(scratch.slice(0, round.length));
    cells.separate(
      task.to,
      output,
      round.map((chunk, i) => ({ ...chunk, cells: scratch[i]!.to })),
    );
  }
  out.finish();
}

/** Pixels over which a gradient by weights adds up before lanes are added: that takes about as long as 10 pixels. */
const LEAST_PIXELS = 512;

/** Sets of chunks add to so many totals in turn, whatever the number of threads, so that it does not change the sums. */
const TOTALS = 4;

function convolveByWeights(
  site: Site,
  x: Floats,
  dy: Floats,
  sizes: ConvolutionSizes,
  dWeights: Floats,
  kept: KeptWeights | null,
): void {
  const { workspace, lanes, backend, cells } = site;
  workspace.clear();
  const { groups, outputs, images, window: { output } } = sizes;
  const planes = { x: inputPlane(sizes), dy: layOut(groups, outputs, output) };
  const tensors = { x: placeInput(site, x), dy: placeInput(site, dy) };
  const weigher = kept
    ? prepareKeptWeigher(site, sizes, planes, kept.outputRows(groups))
    : prepareWeigher(site, sizes, planes);
  const chunks = chunksOf(images, lanes);
  const held = Math.min(Math.ceil(LEAST_PIXELS / (output[0] * output[1])), chunks.length);
  const sets = Array.from(
    { length: Math.ceil(chunks.length / held) },
    (_, i) => chunks.slice(i * held, (i + 1) * held),
  );
  const totals = sets.slice(0, TOTALS).map(() => takeZeros(site, weigher.length));
  const workers = Array.from({ length: Math.min(backend.threads, totals.length) }, () => ({
    x: workspace.take(held * chunkBytes(planes.x, lanes) / FLOAT),
    dy: workspace.take(held * chunkBytes(planes.dy, lanes) / FLOAT),
  }));
  for (let first = 0; first < sets.length; first += workers.length) {
    const round = sets.slice(first, first + workers.length);
    for (const name of ["x", "dy"] as const) {
      const size = chunkBytes(planes[name], lanes);
      const moves = round.flatMap((set, worker) =>
        set.map((chunk: Chunk, i) => ({ ...chunk, cells: workers[worker]![name] + i * size }))
      );
      for (let at = 0; at < moves.length; at += backend.threads) {
        cells.interleave(planes[name], tensors[name], moves.slice(at, at + backend.threads));
      }
    }
    weigher.run(
      round.map((set, worker) => ({
        ...workers[worker]!,
        sums: totals[(first + worker) % totals.length]!,
        chunks: set.length,
      })),
    );
  }
  weigher.unpack(
    totals.map((address) => backend.float32(address, weigher.length)),
    dWeights,
  );
}

function takeZeros({ backend, workspace }: Site, length: number): number {
  const address = workspace.take(length);
  backend.float32(address, length).fill(0);
  return address;
}
