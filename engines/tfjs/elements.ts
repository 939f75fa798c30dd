/**
 * Element-wise loops on a kernel back end.
 *
 * @module
 */
import type { Backend } from "../../kernels/mod.ts";
import { bindKernel } from "./block_kernel.ts";
import {
  ADAM_TABLE_FLOATS,
  adamw,
  fillAdamTable,
  gelu,
  geluGradient,
  snip,
  TURN_FLOATS,
} from "./element_kernels.ts";
import type { AdamStep, Loops } from "./loops.ts";
import { openStreams } from "./streams.ts";

/** Emits the kernels of the element-wise {@linkcode Loops}. */
export function bindElements(
  backend: Backend,
): Pick<Loops, "gelu" | "geluGradient" | "adamw" | "snip"> {
  const { target } = backend;
  const runs = {
    gelu: bindKernel(backend, gelu(target)),
    geluGradient: bindKernel(backend, geluGradient(target)),
    adamw: bindKernel(backend, adamw(target, "all")),
    maskedAdamw: bindKernel(backend, adamw(target, "masked")),
    snip: bindKernel(backend, snip(target)),
  };
  const runStreams = openStreams(backend, 5);
  const table = backend.allocate(ADAM_TABLE_FLOATS * 4);
  const keep = backend.allocate(TURN_FLOATS * 4);
  let filled: AdamStep | null = null;
  return {
    gelu(x, y): void {
      runStreams({ x, y }, ["y"], (addresses, turns) => runs.gelu(addresses, { turns }));
    },
    geluGradient(x, dy, dx): void {
      runStreams({ x, dy, dx }, ["dx"], (addresses, turns) => {
        runs.geluGradient(addresses, { turns });
      });
    },
    adamw(state, gradient, mask, step): void {
      // The same step serves many parameters.
      if (filled !== step) fillAdamTable(backend.float32(table, ADAM_TABLE_FLOATS), step);
      filled = step;
      const arrays = { ...state, gradient };
      const written = ["weights", "first", "second"] as const;
      if (mask === null) {
        runStreams(arrays, written, (addresses, turns) => {
          runs.adamw({ ...addresses, table }, { turns });
        });
      } else {
        runStreams({ ...arrays, mask }, written, (addresses, turns) => {
          runs.maskedAdamw({ ...addresses, table }, { turns });
        });
      }
    },
    snip(scores, weights, gradient, factor): void {
      backend.float32(keep, TURN_FLOATS).fill(factor);
      runStreams({ scores, weights, gradient }, ["scores"], (addresses, turns) => {
        runs.snip({ ...addresses, keep }, { turns });
      });
    },
  };
}
