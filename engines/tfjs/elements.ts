/**
 * Element-wise loops on a kernel back end.
 *
 * Arrays pass through buffers of {@linkcode CHUNK} floats in the arena, so that copying in and out stays in the nearest caches.
 *
 * @module
 */
import { type Backend, elementwise, type Program } from "../../kernels/mod.ts";
import { bindKernel } from "./block_kernel.ts";
import {
  ADAM_TABLE_FLOATS,
  adamw,
  fillAdamTable,
  geluGradient,
  snip,
  TURN_FLOATS,
} from "./element_kernels.ts";
import type { Floats, Loops } from "./loops.ts";

/** Floats of a buffer: with five buffers 80 KiB, well inside the second cache and mostly in the first. */
const CHUNK = 4096;

/** A buffer in the arena. */
interface Buffer {
  readonly address: number;
  readonly view: Float32Array;
}

/** Emits the kernels of the element-wise {@linkcode Loops}. */
export function bindElements(
  backend: Backend,
): () => Pick<Loops, "gelu" | "geluGradient" | "adamw" | "snip"> {
  const { target } = backend;
  const runs = {
    geluGradient: bindKernel(backend, geluGradient(target)),
    adamw: bindKernel(backend, adamw(target)),
    snip: bindKernel(backend, snip(target)),
  };
  return () => {
    const buffers = Array.from({ length: 5 }, () => takeBuffer(backend, CHUNK));
    const [a, b, c, d, e] = buffers as [Buffer, Buffer, Buffer, Buffer, Buffer]; // five were taken
    const table = takeBuffer(backend, ADAM_TABLE_FLOATS);
    const keep = takeBuffer(backend, TURN_FLOATS);
    const gelu = buildGelu(backend, a, b);
    return {
      gelu(x, y): void {
        forEachChunk(x.length, (start, end) => {
          copyIn(x, start, end, a);
          void gelu.run();
          copyOut(b, y, start, end);
        });
      },
      geluGradient(x, dy, dx): void {
        forEachChunk(x.length, (start, end) => {
          copyIn(x, start, end, a);
          copyIn(dy, start, end, b);
          const addresses = { x: a.address, dy: b.address, dx: c.address };
          runs.geluGradient(addresses, { turns: turnsOf(start, end) });
          copyOut(c, dx, start, end);
        });
      },
      adamw({ weights, first, second }, gradient, mask, step): void {
        fillAdamTable(table.view, step);
        if (mask === null) e.view.fill(1);
        forEachChunk(weights.length, (start, end) => {
          const moving = [[weights, a], [first, b], [second, c]] as const;
          for (const [array, buffer] of moving) copyIn(array, start, end, buffer);
          copyIn(gradient, start, end, d);
          if (mask !== null) copyIn(mask, start, end, e);
          runs.adamw({
            weights: a.address,
            first: b.address,
            second: c.address,
            gradient: d.address,
            mask: e.address,
            table: table.address,
          }, { turns: turnsOf(start, end) });
          for (const [array, buffer] of moving) copyOut(buffer, array, start, end);
        });
      },
      snip(scores, weights, gradient, factor): void {
        keep.view.fill(factor);
        forEachChunk(scores.length, (start, end) => {
          copyIn(scores, start, end, a);
          copyIn(weights, start, end, b);
          copyIn(gradient, start, end, c);
          runs.snip({
            scores: a.address,
            weights: b.address,
            gradient: c.address,
            keep: keep.address,
          }, { turns: turnsOf(start, end) });
          copyOut(a, scores, start, end);
        });
      },
    };
  };
}

function takeBuffer(backend: Backend, length: number): Buffer {
  const address = backend.allocate(length * 4);
  return { address, view: backend.float32(address, length) };
}

function buildGelu(backend: Backend, x: Buffer, y: Buffer): Program {
  const kernel = elementwise({ target: backend.target, post: "gelu" });
  const args = kernel.args({ x: x.address, y: y.address, length: CHUNK });
  return backend.build([[{ do: "call", kernel, args }]]);
}

function forEachChunk(length: number, body: (start: number, end: number) => void): void {
  for (let start = 0; start < length; start += CHUNK) body(start, Math.min(length, start + CHUNK));
}

function turnsOf(start: number, end: number): number {
  return Math.ceil((end - start) / TURN_FLOATS);
}

function copyIn(from: Floats, start: number, end: number, to: Buffer): void {
  to.view.set(from.subarray(start, end));
}

function copyOut(from: Buffer, to: Floats, start: number, end: number): void {
  to.set(end - start === CHUNK ? from.view : from.view.subarray(0, end - start), start);
}
