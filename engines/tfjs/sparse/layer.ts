/**
 * A sparse linear layer in training: `Y = X · Wᵀ + b` and its gradients by the weights that are kept.
 *
 * Tokens lie in rows, as tensors have them. Each thread turns some into panels, multiplies these and turns the result back, all in its
 * nearer caches. The gradient by weights is computed for those that are kept alone.
 *
 * @module
 */
import type { Mask } from "../../../core/mod.ts";
import {
  type Backend,
  LANES,
  PANEL_LANES,
  panelBytes,
  type Program,
  spmm,
  type Step,
  type Target,
} from "../../../kernels/mod.ts";
import { type Range, rangesOf } from "../../ranges.ts";
import { bindKernel, type Block, type NamesOf, openBlock } from "../block_kernel.ts";
import type { Floats } from "../loops.ts";
import type { Operands } from "../operands.ts";
import {
  QUAD,
  SAMPLE_LANES,
  SAMPLE_ROW_BYTES,
  sampleProducts,
  sampleTile,
  transposeRows,
} from "./kernels.ts";
import {
  blockHeight,
  move,
  type PackedPattern,
  packPattern,
  samplePattern,
  transposeMask,
} from "./pattern.ts";

/** The products of a sparse layer. All arrays are rows of tokens, a multiple of {@linkcode PANEL_LANES}. */
export interface SparseLayer {
  /** Takes weights over, of which those that are not kept do not count. */
  refresh(weights: Floats, bias: Floats): void;
  /** `y = x · Wᵀ + b` with the weights taken last. */
  forward(x: Floats, y: Floats): void;
  /** `dx = dy · W`. */
  byInput(dy: Floats, dx: Floats): void;
  /** `dw = dyᵀ · x` where weights are kept, 0 elsewhere. */
  byWeight(dy: Floats, x: Floats, dw: Floats): void;
}

/** Where layers work. */
export interface SparseSite {
  /** Memory and code. */
  readonly backend: Backend;
  /** Reaches arrays; cleared before each product by `clear`. */
  readonly operands: Operands;
  /** Takes the workspace of the operands anew. */
  clear(): void;
  /** Panels that a thread works in, shared by all layers. */
  readonly panels: readonly { readonly from: number; readonly to: number }[];
}

/** Bytes of each of a thread's two panels for matrices of up to `most` rows and columns. */
export function scratchBytes(most: number): number {
  return Math.max(panelBytes(most + 16, PANEL_LANES), most * SAMPLE_ROW_BYTES + 64);
}

/** Why a matrix cannot be multiplied on panels, or `null`. */
export function whyUnfit({ rows, cols }: Mask, target: Target): string | null {
  const step = Math.max(QUAD, LANES[target]);
  if (rows % step !== 0 || cols % step !== 0) {
    return `${rows} x ${cols} is not made of blocks of ${step}`;
  }
  return rows * cols >= MOST_WEIGHTS ? `${rows * cols} weights, expected below 2^24` : null;
}

/** Numbers of places pass through float32. */
const MOST_WEIGHTS = 2 ** 24;

/** Bytes of the arena that a layer takes at most. */
export function layerBytes({ rows, cols, kept }: Mask, threads: number): number {
  const stored = kept.reduce((sum, keep) => sum + keep, 0);
  // A weight is a value and at most one offset in either stream and in the list, and a sum a thread; groups are filled up.
  const words = 6 * stored + threads * (stored + 4 * rows) + 16 * (rows + cols);
  return 4 * words;
}

/** Prepares the products of a layer. */
export function prepareSparse(site: SparseSite, mask: Mask): SparseLayer {
  const { backend } = site;
  const plain = packPattern(mask, backend.target);
  const turned = packPattern(transposeMask(mask), backend.target, true);
  const [forward, byInput] = [plain, turned].map((pattern) => preparePanels(site, pattern)) as [
    PanelProduct,
    PanelProduct,
  ]; // two were given
  return {
    refresh(weights, bias): void {
      move(plain.weights, weights, forward.values);
      move(plain.biases, bias, forward.values);
      move(turned.weights, weights, byInput.values);
    },
    forward: forward.run,
    byInput: byInput.run,
    byWeight: prepareSamples(site, mask),
  };
}

/** A product on panels. */
interface PanelProduct {
  /** The stream as floats. */
  readonly values: Float32Array;
  run(x: Floats, y: Floats): void;
}

/** Panels of a thread in one program: enough to hide what starting it costs. */
const PANELS_AT_ONCE = 4;

type Turn = Block<NamesOf<ReturnType<typeof transposeRows>>>;

/** Programs that take so many panels a thread. */
interface PanelProgram {
  readonly program: Program;
  readonly blocks: readonly (readonly { readonly enter: Turn; readonly leave: Turn }[])[];
}

function preparePanels(site: SparseSite, { packed }: PackedPattern): PanelProduct {
  const { backend, operands, panels } = site;
  const { rows, cols } = packed;
  const address = backend.allocate(packed.stream.byteLength);
  backend.uint32(address, packed.stream.length).set(packed.stream);
  const kernel = spmm({
    target: backend.target,
    pattern: packed.pattern,
    panelLanes: PANEL_LANES,
    severalPasses: packed.passes > 1,
  });
  const steps = panels.map(({ from, to }): Step => ({
    do: "call",
    kernel,
    args: kernel.args({
      x: from,
      xPanelStride: panelBytes(cols, PANEL_LANES),
      y: to,
      yPanelStride: panelBytes(packed.rowBlocks * packed.rowsPerBlock, PANEL_LANES),
      weights: address,
      packed,
      panels: 1,
    }),
  }));
  function build(atOnce: number): PanelProgram {
    const blocks = steps.map(() =>
      Array.from({ length: atOnce }, () => ({
        enter: openBlock(backend, transposeRows(backend.target)),
        leave: openBlock(backend, transposeRows(backend.target)),
      }))
    );
    const program = backend.build(
      blocks.map((list, thread) =>
        list.flatMap(({ enter, leave }) => [enter.step, steps[thread]!, leave.step])
      ),
    );
    return { program, blocks };
  }
  const [many, single] = [build(PANELS_AT_ONCE), build(1)];
  const lanes = LANES[backend.target];
  const row = PANEL_LANES * 4;
  return {
    values: backend.float32(address, packed.stream.length),
    run(x, y): void {
      site.clear();
      const out = operands.output(y);
      const from = operands.input(x);
      const count = x.length / cols / PANEL_LANES;
      for (let first = 0; first < count;) {
        const left = count - first;
        const { program, blocks } = left >= PANELS_AT_ONCE * panels.length ? many : single;
        blocks.forEach((list, thread) =>
          list.forEach(({ enter, leave }, i) => {
            const panel = first + thread * list.length + i;
            // A thread that has no panel left goes through an old one.
            const present = Number(panel < count);
            enter.fill({
              from: from + panel * PANEL_LANES * cols * 4,
              to: panels[thread]!.from,
              fromBytes: cols * 4,
              toBytes: row,
              bands: present * PANEL_LANES / lanes,
              quads: cols / QUAD,
            });
            leave.fill({
              from: panels[thread]!.to,
              to: out.address + panel * PANEL_LANES * rows * 4,
              fromBytes: row,
              toBytes: rows * 4,
              bands: present * rows / lanes,
              quads: PANEL_LANES / QUAD,
            });
          })
        );
        void program.run();
        first += blocks.length * blocks[0]!.length;
      }
      out.finish();
    },
  };
}

function prepareSamples(site: SparseSite, mask: Mask): SparseLayer["byWeight"] {
  const { backend, operands, panels } = site;
  const { rows, cols } = mask;
  const { target } = backend;
  const tile = sampleTile(target, Math.min(4, blockHeight(mask)));
  const { list, blocks, places } = samplePattern(mask, tile);
  const address = backend.allocate(list.byteLength);
  backend.uint32(address, list.length).set(list);
  const sums = panels.map(() => {
    const at = backend.allocate(4 * places.length);
    return { at, view: backend.float32(at, places.length) };
  });
  const turn = bindKernel(backend, transposeRows(target));
  const sample = bindKernel(backend, sampleProducts(target, tile));
  return (dy, x, dw) => {
    site.clear();
    const [fromDy, fromX] = [operands.input(dy), operands.input(x)];
    dw.fill(0);
    for (const shares of piecesOf(x.length / cols, panels.length)) {
      const turned = (from: number, width: number, side: "from" | "to") =>
        turn.together(shares.map((tokens, thread) => ({
          from: from + tokens.from * width * 4,
          to: panels[thread]![side],
          fromBytes: width * 4,
          toBytes: SAMPLE_ROW_BYTES,
          bands: (tokens.to - tokens.from) / LANES[target],
          quads: width / QUAD,
        })));
      turned(fromX, cols, "from");
      turned(fromDy, rows, "to");
      sample.together(shares.map((tokens, thread) => ({
        x: panels[thread]!.from,
        dy: panels[thread]!.to,
        list: address,
        sums: sums[thread]!.at,
        blocks,
        vectors: (tokens.to - tokens.from) / LANES[target],
      })));
      for (const { view } of sums.slice(0, shares.length)) {
        for (let i = 0; i < places.length; i++) {
          if (places[i]! >= 0) dw[places[i]!]! += view[i]!;
        }
      }
    }
  };
}

/** Tokens of each thread, time after time. What is added up together does not depend on the number of threads. */
function piecesOf(tokens: number, threads: number): readonly (readonly Range[])[] {
  const units = tokens / PANEL_LANES;
  const count = Math.min(units, Math.max(2, Math.ceil(tokens / SAMPLE_LANES)));
  const pieces = rangesOf(units, count).map(({ from, to }) => ({
    from: from * PANEL_LANES,
    to: to * PANEL_LANES,
  }));
  return Array.from(
    { length: Math.ceil(count / threads) },
    (_, turn) => pieces.slice(turn * threads, (turn + 1) * threads),
  );
}
