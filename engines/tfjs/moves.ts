/**
 * Permutations on a kernel back end. What moves the last axis, and runs that are no whole vectors, goes to the plain loop.
 *
 * @module
 */
import { type Backend, LANES, type Target } from "../../kernels/mod.ts";
import { sharesOf } from "../ranges.ts";
import { bindKernel, type BlockKernel, defineBlockKernel } from "./block_kernel.ts";
import { type Copies, copiesOf } from "./data_loops.ts";
import { type Loops, plainLoops } from "./loops.ts";

const FLOAT = 4;
/** Floats below which a thread is not worth starting: some 10 µs. */
const LEAST_FLOATS = 2 ** 15;

/** Axes that the kernel goes through. */
const AXES = 3;

type CopyName = "from" | "to" | `${"size" | "step"}${0 | 1 | 2}` | "vectors";

/**
 * Copies runs to where they follow each other: `size0 · size1 · size2` runs of `vectors` vectors, `step`s in bytes.
 *
 * Cost: a load and a store a vector. Limits: memory.
 */
export function copyRuns(target: Target): BlockKernel<CopyName> {
  return defineBlockKernel<CopyName>(
    `copy_runs_f32_${target}`,
    ["from", "to", "size0", "step0", "size1", "step1", "size2", "step2", "vectors"],
    (machine, load) => {
      const [start, to] = [load.address("from"), load.address("to")];
      const bytes = machine.lanes * FLOAT;
      machine.countDown(load.value("size0"), () => {
        const second = machine.scalar();
        machine.move(second, start);
        machine.countDown(load.value("size1"), () => {
          const third = machine.scalar();
          machine.move(third, second);
          machine.countDown(load.value("size2"), () => {
            const source = machine.scalar();
            machine.move(source, third);
            machine.countDown(load.value("vectors"), () => {
              const vector = machine.vector();
              machine.load(vector, { base: source });
              machine.store({ base: to }, vector);
              for (const pointer of [source, to]) machine.increase(pointer, bytes);
            });
            machine.scope(() => machine.increase(third, load.value("step2")));
          });
          machine.scope(() => machine.increase(second, load.value("step1")));
        });
        machine.scope(() => machine.increase(start, load.value("step0")));
      });
    },
  );
}

/** Emits the kernel of {@linkcode Loops.permute}. */
export function bindMoves(backend: Backend): Pick<Loops, "permute"> {
  const copy = bindKernel(backend, copyRuns(backend.target));
  const lanes = LANES[backend.target];
  return {
    permute(x, shape, perm, out): void {
      const copies = copiesOf(shape, perm);
      const [from, to] = [backend.addressOf(x), backend.addressOf(out)];
      if (from === null || to === null || copies.run % lanes !== 0 || copies.axes.length > AXES) {
        return plainLoops.permute(x, shape, perm, out);
      }
      const { first, others, vectors } = threeAxes(copies, lanes);
      const each = x.length / first.size;
      const shares = sharesOf(first.size, backend.threads, Math.ceil(LEAST_FLOATS / each));
      copy.together(shares.map((share) => ({
        from: from + share.from * first.step * FLOAT,
        to: to + share.from * each * FLOAT,
        size0: share.to - share.from,
        step0: first.step * FLOAT,
        size1: others[0].size,
        step1: others[0].step * FLOAT,
        size2: others[1].size,
        step2: others[1].step * FLOAT,
        vectors,
      })));
    },
  };
}

type Axis = Copies["axes"][number];

/** Puts axes of one entry behind those that there are. */
function threeAxes({ run, axes }: Copies, lanes: number): {
  readonly first: Axis;
  readonly others: readonly [Axis, Axis];
  readonly vectors: number;
} {
  const single = { size: 1, step: 0 };
  const [first = single, second = single, third = single] = axes;
  return { first, others: [second, third], vectors: run / lanes };
}
