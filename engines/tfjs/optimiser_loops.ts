/**
 * Loops of optimisers on a kernel back end.
 *
 * @module
 */
import type { Backend } from "../../kernels/mod.ts";
import { bindKernel } from "./block_kernel.ts";
import type { AdamStep, Floats, Loops, SgdStep } from "./loops.ts";
import {
  ADAM_TABLE_FLOATS,
  adamw,
  fillAdamTable,
  fillSgdTable,
  sgd,
  SGD_TABLE_FLOATS,
} from "./optimiser_kernels.ts";
import { openStreams, type RunStreams } from "./streams.ts";

/** Emits the kernels of the optimisers of {@linkcode Loops}. */
export function bindOptimisers(backend: Backend): Pick<Loops, "adamw" | "sgd"> {
  const runStreams = openStreams(backend, 5);
  return { ...bindAdam(backend, runStreams), ...bindSgd(backend, runStreams) };
}

function bindAdam(backend: Backend, runStreams: RunStreams): Pick<Loops, "adamw"> {
  const { target } = backend;
  const all = bindKernel(backend, adamw(target, "all"));
  const masked = bindKernel(backend, adamw(target, "masked"));
  const table = backend.allocate(ADAM_TABLE_FLOATS * 4);
  const written = ["weights", "first", "second"] as const;
  let filled: AdamStep | null = null;
  return {
    adamw(state, gradient, mask, step): void {
      // The same step serves many parameters.
      if (filled !== step) fillAdamTable(backend.float32(table, ADAM_TABLE_FLOATS), step);
      filled = step;
      const arrays = { ...state, gradient };
      if (mask === null) {
        runStreams(arrays, written, all, () => ({ table }));
      } else {
        runStreams({ ...arrays, mask }, written, masked, () => ({ table }));
      }
    },
  };
}

function bindSgd(backend: Backend, runStreams: RunStreams): Pick<Loops, "sgd"> {
  const { target } = backend;
  const both = (momentum: "plain" | "momentum") => ({
    all: bindKernel(backend, sgd(target, "all", momentum)),
    masked: bindKernel(backend, sgd(target, "masked", momentum)),
  });
  const kernels = { plain: both("plain"), momentum: both("momentum") };
  const table = backend.allocate(SGD_TABLE_FLOATS * 4);
  let filled: SgdStep | null = null;
  return {
    sgd({ weights, velocity }, gradient, mask, step): void {
      if (filled !== step) fillSgdTable(backend.float32(table, SGD_TABLE_FLOATS), step);
      filled = step;
      const arrays: Readonly<Record<string, Floats>> = {
        weights,
        gradient,
        ...velocity === null ? {} : { velocity },
        ...mask === null ? {} : { mask },
      };
      const written = velocity === null ? ["weights"] : ["weights", "velocity"];
      const run =
        kernels[velocity === null ? "plain" : "momentum"][mask === null ? "all" : "masked"];
      runStreams(arrays, written, run, () => ({ table }));
    },
  };
}
