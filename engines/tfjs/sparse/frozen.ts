/**
 * Weights whose masks no longer change: their products skip what is pruned.
 *
 * @module
 */
import { type Mask, sparsityOf } from "../../../core/mod.ts";
import { type Backend, openBackend, PANEL_LANES, type Target } from "../../../kernels/mod.ts";
import { openWorkspace } from "../block_kernel.ts";
import type { TfInfo } from "../heap.ts";
import type { Floats } from "../loops.ts";
import { openOperands } from "../operands.ts";
import {
  layerBytes,
  prepareSparse,
  scratchBytes,
  type SparseLayer,
  type SparseSite,
  whyUnfit,
} from "./layer.ts";
import { blockHeight, transposeMask } from "./pattern.ts";

/** A weight with a mask that no longer changes. */
export interface FrozenWeight {
  /** Name, for {@linkcode FrozenUse}. */
  readonly name: string;
  /** The tensor `[OC, IC]` that linear layers read; its pruned elements are never read again. */
  readonly weight: TfInfo;
  /** What it keeps. */
  readonly mask: Mask;
}

/** The products of a linear layer. */
export type ProductName = "forward" | "byInput" | "byWeight";

/** How the products of a frozen weight are computed. */
export interface FrozenUse {
  /** Name of the weight. */
  readonly name: string;
  /** Fraction of zeros. */
  readonly sparsity: number;
  /** Kernel of each product. */
  readonly products: Readonly<Record<ProductName, "sparse" | "dense">>;
}

/** Which gradients by weights are wanted: of all weights, or of those that are kept, others being 0. */
export type WantedGradients = "all" | "kept";

/** Frozen weights. Disposing them makes their products dense again. */
export interface FrozenWeights extends Disposable {
  /** What was chosen for each weight, in the order given. */
  readonly uses: readonly FrozenUse[];
}

/** The frozen weights of a process, as linear layers look them up. */
export interface FrozenTable {
  /** Takes over what a weight and its bias are now, before {@linkcode FrozenTable.layerOf} for these; nothing if it is not frozen. */
  refresh(weight: TfInfo, values: Floats, bias: Floats): void;
  /** The sparse layer of a weight for so many tokens, where one does the product. */
  layerOf(weight: TfInfo, product: ProductName, tokens: number): SparseLayer | null;
  /**
   * Freezes weights in place of those frozen before.
   *
   * @param wanted Gradients by weights; `all` computes them by dense products.
   */
  freeze(weights: readonly FrozenWeight[], wanted: WantedGradients): FrozenWeights;
}

/** Where the sparse products run. */
export interface FrozenOptions {
  /** Instruction set. */
  readonly target: Target;
  /** Threads. */
  readonly threads: number;
}

/** In WebAssembly operands pass through the arena: three of so many bytes at most. */
const OPERAND_BYTES = 192 * 2 ** 20;
/** For blocks of parameters and programs of a layer. */
const PROGRAM_BYTES = 2 ** 17;

/** What linear layers ask of a table. */
export type FrozenLayers = Pick<FrozenTable, "refresh" | "layerOf">;

/** No weight is frozen. */
export const NOTHING_FROZEN: FrozenLayers = { refresh: () => {}, layerOf: () => null };

/** A table with nothing frozen. */
export function openFrozenTable(options: FrozenOptions): FrozenTable {
  let layers: ReadonlyMap<object, { use: FrozenUse; layer: SparseLayer }> = new Map();
  return {
    refresh: ({ dataId }, values, bias) => layers.get(dataId)?.layer.refresh(values, bias),
    layerOf({ dataId }, product, tokens): SparseLayer | null {
      const found = layers.get(dataId);
      if (!found || tokens === 0 || tokens % PANEL_LANES !== 0) return null;
      return found.use.products[product] === "sparse" ? found.layer : null;
    },
    freeze(weights, wanted): FrozenWeights {
      const uses = weights.map(({ name, mask }) => ({
        name,
        sparsity: sparsityOf(mask),
        products: chooseProducts(mask, options.target, wanted),
      }));
      const sparse = weights.flatMap((weight, i) =>
        Object.values(uses[i]!.products).includes("sparse") ? [{ ...weight, use: uses[i]! }] : []
      );
      if (sparse.length === 0) return { uses, [Symbol.dispose]: () => {} };
      const backend = openBackend({ ...options, arenaBytes: arenaBytes(sparse, options) });
      const site = openSite(backend, sparse);
      const mine = new Map(
        sparse.map(({ weight, mask, use }) => [
          weight.dataId,
          { use, layer: prepareSparse(site, mask) },
        ]),
      );
      layers = mine;
      return {
        uses,
        [Symbol.dispose](): void {
          if (layers === mine) layers = new Map();
          backend[Symbol.dispose]();
        },
      };
    },
  };
}

/** Products of which sparse kernels are faster than dense ones, by measurement. */
function chooseProducts(
  mask: Mask,
  target: Target,
  wanted: WantedGradients,
): FrozenUse["products"] {
  const isFit = whyUnfit(mask, target) === null;
  const sparsity = sparsityOf(mask);
  const choose = (least: number): "sparse" | "dense" =>
    isFit && sparsity >= least ? "sparse" : "dense";
  const height = blockHeight(mask);
  return {
    forward: choose(leastSparsity("panels", height)),
    byInput: choose(leastSparsity("panels", blockHeight(transposeMask(mask)))),
    byWeight: wanted === "all" ? "dense" : choose(leastSparsity("samples", height)),
  };
}

/**
 * From which sparsity on sparse products are faster, by rows that share their columns. Measured with AVX-512, AVX2 and WebAssembly, one and
 * two threads, 2048 tokens and matrices of 256 x 256 to 1024 x 256: at 90 % zeros 3.5 to 8 times (gradients by weights 2 to 7), at 75 %
 * 2 to 4 (1.2 to 3), at 50 % panels 1 to 2 and samples of one row 0.7 to 1.1.
 */
function leastSparsity(kind: "panels" | "samples", height: number): number {
  if (kind === "panels") return 0.5;
  return height === 1 ? 0.7 : 0.6;
}

function mostOf(weights: readonly FrozenWeight[]): number {
  return Math.max(...weights.map(({ mask: { rows, cols } }) => Math.max(rows, cols)));
}

function arenaBytes(weights: readonly FrozenWeight[], { target, threads }: FrozenOptions): number {
  const layers = weights.reduce(
    (sum, { mask }) => sum + layerBytes(mask, threads) + PROGRAM_BYTES,
    0,
  );
  const operands = target.startsWith("wasm") ? OPERAND_BYTES : 2 ** 20;
  return layers + 2 * threads * scratchBytes(mostOf(weights)) + operands;
}

function openSite(backend: Backend, weights: readonly FrozenWeight[]): SparseSite {
  const size = scratchBytes(mostOf(weights));
  const panels = Array.from({ length: backend.threads }, () => ({
    from: backend.allocate(size),
    to: backend.allocate(size),
  }));
  const isWasm = backend.target.startsWith("wasm");
  const workspace = openWorkspace(backend, isWasm ? OPERAND_BYTES - 2 ** 16 : 2 ** 16);
  return {
    backend,
    operands: openOperands(backend, workspace),
    clear: () => workspace.clear(),
    panels,
  };
}
