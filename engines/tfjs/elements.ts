/**
 * Element-wise loops on a kernel back end.
 *
 * @module
 */
import type { Backend } from "../../kernels/mod.ts";
import { bindKernel } from "./block_kernel.ts";
import { dropout, DROPOUT_TABLE, dropping, fillGenerators, GENERATORS } from "./dropout.ts";
import { gelu, geluGradient, snip, TURN_FLOATS } from "./element_kernels.ts";
import type { Loops } from "./loops.ts";
import { openStreams } from "./streams.ts";

/** Emits the kernels of the element-wise {@linkcode Loops}. */
export function bindElements(
  backend: Backend,
): Pick<Loops, "gelu" | "geluGradient" | "snip" | "dropout"> {
  const { target } = backend;
  const runs = {
    gelu: bindKernel(backend, gelu(target)),
    geluGradient: bindKernel(backend, geluGradient(target)),
    snip: bindKernel(backend, snip(target)),
    dropout: bindKernel(backend, dropout(target)),
  };
  const runStreams = openStreams(backend, 3);
  const keep = backend.allocate(TURN_FLOATS * 4);
  const drops = Array.from(
    { length: backend.threads },
    () => backend.allocate(DROPOUT_TABLE.floats * 4),
  );
  return {
    gelu(x, y): void {
      runStreams({ x, y }, ["y"], runs.gelu);
    },
    geluGradient(x, dy, dx): void {
      runStreams({ x, dy, dx }, ["dx"], runs.geluGradient);
    },
    dropout(x, rate, seed, y): void {
      const { threshold, scale } = dropping(rate);
      for (const table of drops) {
        const numbers = backend.float32(table, DROPOUT_TABLE.floats);
        numbers.fill(threshold, DROPOUT_TABLE.threshold, DROPOUT_TABLE.threshold + TURN_FLOATS);
        numbers.fill(scale, DROPOUT_TABLE.scale, DROPOUT_TABLE.scale + TURN_FLOATS);
      }
      runStreams({ x, y }, ["y"], runs.dropout, (thread, first) => {
        const table = drops[thread]!;
        fillGenerators(seed, backend.uint32(table, GENERATORS), first);
        return { table };
      });
    },
    snip(scores, weights, gradient, factor): void {
      backend.float32(keep, TURN_FLOATS).fill(factor);
      runStreams({ scores, weights, gradient }, ["scores"], runs.snip, () => ({ keep }));
    },
  };
}
