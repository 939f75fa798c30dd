/**
 * Batch normalisation's loops on a kernel back end. Planes of fewer elements than a vector has lanes go to the plain loops.
 *
 * @module
 */
import { type Backend, LANES } from "../../kernels/mod.ts";
import { sharesOf } from "../ranges.ts";
import { bindKernel, type Workspace } from "./block_kernel.ts";
import type { Floats } from "./loops.ts";
import {
  channelGradient,
  channelMoments,
  type ChannelName,
  channelSums,
  elementwise,
  scaleChannels,
  vectorsOfTurn,
} from "./norm_kernels.ts";
import { type ChannelSizes, type NormLoops, plainNormLoops } from "./norm_loops.ts";
import { openOperands } from "./operands.ts";
import { openStreams } from "./streams.ts";

const FLOAT = 4;
/** Floats below which a thread is not worth starting: some 10 µs. */
const LEAST_FLOATS = 2 ** 15;

/** What is different from thread to thread: sizes, and how far arrays and numbers of channels are moved. */
interface Share {
  readonly sizes: Readonly<Record<ChannelName, number>>;
  readonly first: number;
  readonly bytes: number;
}

/** Emits the kernels of {@linkcode NormLoops}. The workspace is opened after this. */
export function bindNorm(backend: Backend): (workspace: Workspace) => NormLoops {
  const { target, threads } = backend;
  const lanes = LANES[target];
  const flags = [false, true];
  const runs = {
    moments: bindKernel(backend, channelMoments(target)),
    scale: flags.map((beside) =>
      flags.map((relu) => bindKernel(backend, scaleChannels(target, { beside, relu })))
    ),
    sums: flags.map((relu) => bindKernel(backend, channelSums(target, relu))),
    gradient: flags.map((relu) =>
      flags.map((keep) => bindKernel(backend, channelGradient(target, { relu, keep })))
    ),
    relu: bindKernel(backend, elementwise(target, "relu")),
    reluGradient: bindKernel(backend, elementwise(target, "reluGradient")),
  };
  const runStreams = openStreams(backend, 3);
  return (workspace) => {
    const { input, output } = openOperands(backend, workspace);
    /** Shares channels. Takes the workspace anew. */
    function sharesOfChannels({ images, channels, plane }: ChannelSizes): readonly Share[] {
      workspace.clear();
      const mask = workspace.take(lanes);
      const rest = plane % lanes;
      backend.uint32(mask, lanes).fill(0).fill(0xffff_ffff, lanes - rest);
      const vectors = Math.floor(plane / lanes);
      const shared = {
        mask,
        images,
        imageBytes: channels * plane * FLOAT,
        planeBytes: plane * FLOAT,
        turns: Math.floor(vectors / vectorsOfTurn(lanes)),
        singles: vectors % vectorsOfTurn(lanes),
        back: rest === 0 ? 0 : (lanes - rest) * FLOAT,
      };
      const least = Math.ceil(LEAST_FLOATS / (images * plane));
      return sharesOf(channels, threads, least).map(({ from, to }) => ({
        sizes: { ...shared, channels: to - from },
        first: from,
        bytes: from * plane * FLOAT,
      }));
    }
    /** Numbers by kind as numbers by channel, where kernels reach them. */
    function placeNumbers(numbers: Floats, channels: number): number {
      const kinds = numbers.length / channels;
      const address = workspace.take(numbers.length);
      const placed = backend.float32(address, numbers.length);
      for (let i = 0; i < numbers.length; i++) {
        placed[(i % channels) * kinds + Math.floor(i / channels)] = numbers[i]!;
      }
      return address;
    }
    /** Two sums for each channel, as the kernels left them. */
    function takeSums(address: number, channels: number, body: SumReader): void {
      const sums = backend.float32(address, 2 * channels);
      for (let c = 0; c < channels; c++) body(c, sums[2 * c]!, sums[2 * c + 1]!);
    }
    return {
      channelMoments(x, sizes, moments): void {
        const { channels, plane, images } = sizes;
        if (plane < lanes) return plainNormLoops.channelMoments(x, sizes, moments);
        const shares = sharesOfChannels(sizes);
        // Any element of a channel is near enough to its mean for squares to keep their digits.
        const shifts = Float32Array.from({ length: channels }, (_, c) => x[c * plane]!);
        const [from, at] = [input(x), placeNumbers(shifts, channels)];
        const sums = workspace.take(2 * channels);
        runs.moments.together(shares.map(({ sizes, first, bytes }) => ({
          ...sizes,
          x: from + bytes,
          shifts: at + first * FLOAT,
          sums: sums + 2 * first * FLOAT,
        })));
        const count = images * plane;
        takeSums(sums, channels, (c, sum, squares) => {
          moments[c] = shifts[c]! + sum / count;
          moments[channels + c] = Math.max(0, squares / count - (sum / count) ** 2);
        });
      },
      scaleChannels(x, factors, ending, sizes, y): void {
        if (sizes.plane < lanes) return plainNormLoops.scaleChannels(x, factors, ending, sizes, y);
        const shares = sharesOfChannels(sizes);
        const [from, out] = [input(x), output(y)];
        const beside = ending.beside ? input(ending.beside) : 0;
        const numbers = placeNumbers(factors, sizes.channels);
        const run = runs.scale[Number(ending.beside !== null)]![Number(ending.relu)]!;
        run.together(shares.map(({ sizes, first, bytes }) => ({
          ...sizes,
          x: from + bytes,
          beside: beside + bytes,
          y: out.address + bytes,
          factors: numbers + 2 * first * FLOAT,
        })));
        out.finish();
      },
      channelSums(x, dy, y, means, sizes, sums): void {
        const { channels, plane } = sizes;
        if (plane < lanes) return plainNormLoops.channelSums(x, dy, y, means, sizes, sums);
        const shares = sharesOfChannels(sizes);
        const at = { x: input(x), dy: input(dy), y: y ? input(y) : 0 };
        const [shifts, found] = [placeNumbers(means, channels), workspace.take(2 * channels)];
        runs.sums[Number(y !== null)]!.together(shares.map(({ sizes, first, bytes }) => ({
          ...sizes,
          x: at.x + bytes,
          dy: at.dy + bytes,
          y: at.y + bytes,
          means: shifts + first * FLOAT,
          sums: found + 2 * first * FLOAT,
        })));
        takeSums(found, channels, (c, plain, weighted) => {
          sums[c] = plain;
          sums[channels + c] = weighted;
        });
      },
      channelGradient(x, dy, y, factors, sizes, dx, dz): void {
        if (sizes.plane < lanes) {
          return plainNormLoops.channelGradient(x, dy, y, factors, sizes, dx, dz);
        }
        const shares = sharesOfChannels(sizes);
        const at = { x: input(x), dy: input(dy), y: y ? input(y) : 0 };
        const [out, kept] = [output(dx), dz ? output(dz) : null];
        const numbers = placeNumbers(factors, sizes.channels);
        const run = runs.gradient[Number(y !== null)]![Number(dz !== null)]!;
        run.together(shares.map(({ sizes, first, bytes }) => ({
          ...sizes,
          x: at.x + bytes,
          dy: at.dy + bytes,
          y: at.y + bytes,
          dx: out.address + bytes,
          dz: (kept?.address ?? 0) + bytes,
          factors: numbers + 3 * first * FLOAT,
        })));
        out.finish();
        kept?.finish();
      },
      relu: (x, y) => runStreams({ a: x, y }, ["y"], runs.relu),
      reluGradient: (y, dy, dx) => runStreams({ a: y, b: dy, y: dx }, ["y"], runs.reluGradient),
    };
  };
}

type SumReader = (channel: number, first: number, second: number) => void;
