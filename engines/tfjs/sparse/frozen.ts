/**
 * Weights whose masks no longer change: their products skip what is pruned.
 *
 * @module
 */
import { type Mask, sizeOf, sparsityOf } from "../../../core/mod.ts";
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
} from "./layer.ts";
import { chooseConvolutions, chooseProducts } from "./choices.ts";
import { type KeptWeights, keptWeights } from "./kept_weights.ts";

/** A weight with a mask that no longer changes. */
export interface FrozenWeight {
  /** Name, for {@linkcode FrozenUse}. */
  readonly name: string;
  /**
   * The tensor that layers read: `[OC, IC]` of linear ones, `[OC, IC / groups, KH, KW]` of convolutions. Where products are sparse, its
   * pruned elements are never read again.
   */
  readonly weight: TfInfo;
  /** What it keeps; of a convolution as `[OC, KH·KW·IC / groups]`, input channels fastest. */
  readonly mask: Mask;
}

/** The products of a layer. */
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

/** The frozen weights of a process, as layers look them up. */
export interface FrozenTable {
  /** Takes over what a weight and its bias are now, before {@linkcode FrozenTable.layerOf} for these; nothing if it is not frozen. */
  refresh(weight: TfInfo, values: Floats, bias: Floats): void;
  /** The sparse layer of a weight for so many tokens, where one does the product. */
  layerOf(weight: TfInfo, product: ProductName, tokens: number): SparseLayer | null;
  /** What a convolution's weight keeps, where its product is to go over that alone. */
  keptOf(weight: TfInfo, product: ProductName): KeptWeights | null;
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

/** What layers ask of a table. */
export type FrozenLayers = Pick<FrozenTable, "refresh" | "layerOf" | "keptOf">;

/** No weight is frozen. */
export const NOTHING_FROZEN: FrozenLayers = {
  refresh: () => {},
  layerOf: () => null,
  keptOf: () => null,
};

/** A weight with what was chosen for it. */
interface ChosenWeight extends FrozenWeight {
  readonly use: FrozenUse;
}

/** What is sparse now, by the data of the weights. */
interface Frozen {
  readonly layers: ReadonlyMap<object, { readonly use: FrozenUse; readonly layer: SparseLayer }>;
  readonly convolutions: ReadonlyMap<
    object,
    { readonly use: FrozenUse; readonly kept: KeptWeights }
  >;
}

const NOTHING: Frozen = { layers: new Map(), convolutions: new Map() };

/** A table with nothing frozen. */
export function openFrozenTable(options: FrozenOptions): FrozenTable {
  let frozen = NOTHING;
  return {
    refresh: ({ dataId }, values, bias) => frozen.layers.get(dataId)?.layer.refresh(values, bias),
    layerOf({ dataId }, product, tokens): SparseLayer | null {
      const found = frozen.layers.get(dataId);
      if (!found || tokens === 0 || tokens % PANEL_LANES !== 0) return null;
      return found.use.products[product] === "sparse" ? found.layer : null;
    },
    keptOf({ dataId }, product): KeptWeights | null {
      const found = frozen.convolutions.get(dataId);
      return found?.use.products[product] === "sparse" ? found.kept : null;
    },
    freeze(weights, wanted): FrozenWeights {
      const chosen = weights.map((weight): ChosenWeight & { kept: KeptWeights | null } => {
        const { name, mask } = weight;
        const kept = keptOf(weight);
        const products = kept === null
          ? chooseProducts(mask, options.target, wanted)
          : chooseConvolutions(mask, kept, wanted);
        return { ...weight, use: { name, sparsity: sparsityOf(mask), products }, kept };
      });
      const sparse = chosen.filter(({ use }) => Object.values(use.products).includes("sparse"));
      const linear = openLayers(sparse.filter(({ kept }) => kept === null), options);
      const mine: Frozen = {
        layers: linear.layers,
        convolutions: new Map(
          sparse.flatMap(({ weight, use, kept }) =>
            kept === null ? [] : [[weight.dataId, { use, kept }]]
          ),
        ),
      };
      frozen = mine;
      return {
        uses: chosen.map(({ use }) => use),
        [Symbol.dispose](): void {
          if (frozen === mine) frozen = NOTHING;
          linear[Symbol.dispose]();
        },
      };
    },
  };
}

/** What a convolution keeps; `null` for linear layers. */
function keptOf({ weight: { shape }, mask }: FrozenWeight): KeptWeights | null {
  return shape.length === 2 ? null : keptWeights(mask, sizeOf(shape.slice(2)));
}

/** Prepares linear layers. Disposing them frees their memory. */
function openLayers(
  weights: readonly ChosenWeight[],
  options: FrozenOptions,
): Pick<Frozen, "layers"> & Disposable {
  if (weights.length === 0) return { layers: NOTHING.layers, [Symbol.dispose]: () => {} };
  const backend = openBackend({ ...options, arenaBytes: arenaBytes(weights, options) });
  const site = openSite(backend, weights);
  const layers = new Map(
    weights.map(({ weight, mask, use }) => [
      weight.dataId,
      { use, layer: prepareSparse(site, mask) },
    ]),
  );
  return { layers, [Symbol.dispose]: () => backend[Symbol.dispose]() };
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
