// Every kernel on every target against float64: on processors where they have the instructions, and interpreted always.
import { createRandom } from "../core/mod.ts";
import type { Backend } from "./backend.ts";
import { broadcastU8S8Trials } from "./conformance/broadcast_u8s8_trials.ts";
import { contextTrials, scoresTrials } from "./conformance/attention_trials.ts";
import { convolutionTrials, copyTrials } from "./conformance/convolution_trials.ts";
import { pooledConvolutionTrials } from "./conformance/pooled_convolution_trials.ts";
import { broadcastTrials } from "./conformance/broadcast_trials.ts";
import { permuteTrials } from "./conformance/permute_trials.ts";
import {
  compressTrials,
  fillTrials,
  kthLargestTrials,
  sparseSparseTrials,
} from "./conformance/sparse_trials.ts";
import { dotTrials } from "./conformance/dot_trials.ts";
import {
  clearTrials,
  elementwiseTrials,
  embedTrials,
  scatterTrials,
} from "./conformance/move_trials.ts";
import { gatherRowsTrials, pairProductsTrials } from "./conformance/interaction_trials.ts";
import { globalPoolingTrials, poolingTrials } from "./conformance/pooling_trials.ts";
import {
  evaluateTrials,
  layerNormTrials,
  softmaxRowsTrials,
  softmaxTrials,
} from "./conformance/row_trials.ts";
import { spmmTrials } from "./conformance/spmm_trials.ts";
import { spmmU8S8Trials } from "./conformance/spmm_u8s8_trials.ts";
import type { Bench, Trial } from "./conformance/trial.ts";
import { type KernelCase, kernelName, KERNELS } from "./kernels.ts";
import { TARGETS } from "./machine.ts";
import { kernelSupport, openBackend } from "./open.ts";
import { createInterpreter, guardArena } from "./reference/mod.ts";

const ARENA_BYTES = 1 << 24;
const SEEDS = [1, 2];

const { targets, missing, bytes } = kernelSupport();
for (const target of TARGETS) {
  const where = [
    {
      name: `${target} interpreted`,
      open: createInterpreter,
      seeds: SEEDS.slice(0, 1),
      reason: () => null,
    },
    {
      name: target,
      open: openBackend,
      seeds: SEEDS,
      reason: ({ op }: KernelCase) =>
        targets.includes(target)
          ? op.endsWith("u8s8") ? bytes[target] ?? null : null
          : missing[target] ?? "not supported",
    },
  ];
  for (const { name, open, seeds, reason: reasonOf } of where) {
    for (const kernel of KERNELS) {
      const reason = reasonOf(kernel);
      Deno.test({
        name: `${kernelName(kernel)}() agrees with the reference on ${name}${
          reason === null ? "" : `: skipped, ${reason}`
        }`,
        ignore: reason !== null,
        fn: () => {
          using backend = open({ target, arenaBytes: ARENA_BYTES });
          for (const seed of seeds) conform(kernel, backend, seed);
        },
      });
    }
  }
}

function conform(kernel: KernelCase, backend: Backend, seed: number): void {
  const arena = guardArena(backend);
  const bench = { target: backend.target, arena, random: createRandom(seed) };
  const trials = trialsOf(kernel, bench);
  using program = backend.build([trials.flatMap(({ steps }) => steps)]);
  program.run();
  for (const trial of trials) trial.prove();
  arena.check();
}

function trialsOf(kernel: KernelCase, bench: Bench): Trial[] {
  switch (kernel.op) {
    case "spmm":
      return spmmTrials(kernel, bench);
    case "convolution":
      return kernel.pool
        ? pooledConvolutionTrials({ ...kernel, pool: kernel.pool }, bench)
        : convolutionTrials(kernel, bench);
    case "pooling":
      return poolingTrials(kernel.pooling, kernel.masked, bench);
    case "global_pooling":
      return globalPoolingTrials(kernel.pooling, bench);
    case "copy_planes":
      return copyTrials(kernel.step, bench);
    case "broadcast":
      return broadcastTrials(kernel, bench);
    case "broadcast_u8s8":
      return broadcastU8S8Trials(kernel, bench);
    case "spmm_u8s8":
      return spmmU8S8Trials(kernel, bench);
    case "sparse_sparse":
      return sparseSparseTrials(kernel, bench);
    case "compress_row":
      return compressTrials(bench, kernel.keep);
    case "kth_largest":
      return kthLargestTrials(bench);
    case "fill_rows":
      return fillTrials(bench);
    case "softmax_rows":
      return softmaxRowsTrials(bench);
    case "evaluate_rows":
      return evaluateTrials(bench);
    case "clear_pads":
      return clearTrials(bench);
    case "scatter_cells":
      return scatterTrials(bench);
    case "dot":
      return dotTrials(kernel, bench);
    case "permute":
      return permuteTrials(kernel, bench);
    case "attention_scores":
      return scoresTrials(bench);
    case "attention_context":
      return contextTrials(bench);
    case "softmax":
      return softmaxTrials(bench);
    case "layer_norm":
      return layerNormTrials(bench, kernel.residual);
    case "elementwise":
      return elementwiseTrials(bench, kernel.post);
    case "embed":
      return embedTrials(bench);
    case "gather_rows":
      return gatherRowsTrials(bench, kernel.indirect);
    case "pair_products":
      return pairProductsTrials(bench);
  }
}
