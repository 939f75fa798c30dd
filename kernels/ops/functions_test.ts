// The approximations on registers, over their whole range, on every target that runs here and interpreted as all others.
import { assert } from "@std/assert";
import type { Backend } from "../backend.ts";
import { type Kernel, TARGETS, type Vector, type VectorMachine } from "../machine.ts";
import { kernelSupport, openBackend } from "../open.ts";
import { createInterpreter, referenceGelu } from "../reference/mod.ts";
import { exp } from "./exp.ts";
import { gelu } from "./gelu.ts";
import { applyPostOp } from "./post_op.ts";
import { sigmoid } from "./sigmoid.ts";
import { tanh } from "./tanh.ts";
import { LANES } from "./tile.ts";

type VectorFunction = (machine: VectorMachine, xs: readonly Vector[]) => void;

const COUNT = 1 << 17;

const native = kernelSupport().targets.map((target) => ({
  name: target,
  target,
  open: openBackend,
}));
const interpreted = TARGETS.map((target) => ({
  name: `${target} interpreted`,
  target,
  open: createInterpreter,
}));

/** Applies `body` to `x`, two vectors at a time. */
function apply(backend: Backend, body: VectorFunction, x: Float32Array): Float32Array {
  const address = backend.allocate(x.byteLength);
  backend.float32(address, x.length).set(x);
  const kernel: Kernel = {
    id: `apply_${body.name}_${backend.target}`,
    slots: 2,
    emit: (machine) => {
      const at = machine.argument(0);
      machine.repeat(machine.argument(1), () => {
        const xs = [machine.vector(), machine.vector()];
        xs.forEach((x, i) => machine.load(x, { base: at, disp: 4 * i * machine.lanes }));
        body(machine, xs);
        xs.forEach((x, i) => machine.store({ base: at, disp: 4 * i * machine.lanes }, x));
        machine.increase(at, 8 * machine.lanes);
      });
    },
  };
  const turns = x.length / (2 * LANES[backend.target]);
  using program = backend.build([[{ do: "call", kernel, args: [address, turns] }]]);
  program.run();
  return backend.float32(address, x.length).slice();
}

function testFunction(
  what: string,
  body: VectorFunction,
  inputs: (count: number) => Float32Array,
  check: (x: number, y: number) => string | null,
): void {
  for (const { name, target, open } of [...native, ...interpreted]) {
    Deno.test(`${body.name}() ${what} on ${name}`, () => {
      using backend = open({ target, arenaBytes: 1 << 20 });
      const x = inputs(open === createInterpreter ? COUNT >> 5 : COUNT);
      const y = apply(backend, body, x);
      x.forEach((value, i) => {
        const complaint = check(value, y[i]!);
        assert(complaint === null, `${body.name}(${value}) is ${y[i]}: ${complaint}`);
      });
    });
  }
}

/** Evenly spaced float32 from `low` to `high`. */
function between(low: number, high: number): (count: number) => Float32Array {
  return (count) =>
    Float32Array.from({ length: count }, (_, i) => low + (high - low) * i / (count - 1));
}

/** Both signs of every magnitude from 1e-38 to `high`, evenly spaced in the exponent. */
function magnitudes(high: number): (count: number) => Float32Array {
  const [first, last] = [Math.log(1e-38), Math.log(high)];
  return (count) =>
    Float32Array.from(
      { length: count },
      (_, i) => Math.exp(first + (last - first) * i / (count - 1)) * (i % 2 === 0 ? 1 : -1),
    );
}

function relative(y: number, expected: number, bound: number): string | null {
  return Math.abs(y / expected - 1) <= bound
    ? null
    : `expected ${expected} within a factor of 1 + ${bound}`;
}

function absolute(y: number, expected: number, bound: number): string | null {
  return Math.abs(y - expected) <= bound ? null : `expected ${expected} within ${bound}`;
}

testFunction(
  "errs by less than 3e-7 from -87.3 to 88",
  exp,
  between(-87.3, 88),
  (x, y) => relative(y, Math.exp(x), 3e-7),
);

testFunction("is 1 where x is tiny", exp, magnitudes(1e-8), (_, y) => absolute(y, 1, 0));

testFunction(
  "is 0 far below",
  exp,
  (count) =>
    magnitudes(3e38)(count).map((x, i) => i === 0 ? -Infinity : Math.min(-88.1, -Math.abs(x))),
  (_, y) => absolute(y, 0, 0),
);

testFunction(
  "errs by less than 4e-7 from -10 to 10",
  gelu,
  between(-10, 10),
  (x, y) => absolute(y, referenceGelu(x), 4e-7),
);

testFunction(
  "is relu far out",
  gelu,
  (count) => magnitudes(1e30)(count).map((x) => Math.sign(x) * (Math.abs(x) + 6)),
  (x, y) => absolute(y, Math.max(x, 0), 1e-20),
);

testFunction(
  "is x / 2 where x is tiny",
  gelu,
  magnitudes(1e-6),
  (x, y) => absolute(y, x / 2, Math.abs(x) * 2e-6 + 1e-44),
);

testFunction(
  "errs by less than 4e-7 of its value",
  tanh,
  between(-12, 12),
  (x, y) => x === 0 ? absolute(y, 0, 0) : relative(y, Math.tanh(x), 4e-7),
);

testFunction(
  "keeps its digits where x is tiny",
  tanh,
  magnitudes(1e-2),
  (x, y) => absolute(y, Math.tanh(x), Math.abs(x) * 4e-7 + 1e-44),
);

testFunction(
  "is the sign far out",
  tanh,
  (count) => magnitudes(3e38)(count).map((x) => Math.sign(x) * Math.max(10, Math.abs(x))),
  (x, y) => absolute(y, Math.sign(x), 1e-7),
);

testFunction(
  "errs by less than 4e-7 of its value",
  sigmoid,
  between(-87, 100),
  (x, y) => relative(y, 1 / (1 + Math.exp(-x)), 4e-7),
);

testFunction(
  "is 1/2 where x is tiny",
  sigmoid,
  magnitudes(1e-8),
  (_, y) => absolute(y, 0.5, 6e-8),
);

function relu(machine: VectorMachine, xs: readonly Vector[]): void {
  applyPostOp(machine, "relu", xs, xs.length);
}

/** What functions become at minus infinity and infinity. */
const LIMITS = [
  [relu, 0, Infinity],
  [gelu, 0, Infinity],
  [tanh, -1, 1],
  [sigmoid, 0, 1],
] as const;

for (const [body, least, most] of LIMITS) {
  testFunction(
    "of NaN is NaN, and infinity has its limit",
    body,
    (count) => Float32Array.from({ length: count }, (_, i) => [NaN, Infinity, -Infinity][i % 3]!),
    (x, y) => {
      if (Number.isNaN(x)) return Number.isNaN(y) ? null : "expected NaN";
      const limit = x > 0 ? most : least;
      return y === limit || Math.abs(y - limit) < 1e-6 ? null : `expected ${limit}`;
    },
  );
}
