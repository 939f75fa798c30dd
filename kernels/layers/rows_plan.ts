/**
 * Linear layers on rows before they have memory: packed weights, and the calls that compute with them once everything has
 * an address.
 *
 * @module
 */
import type { Backend, Step } from "../backend.ts";
import type { Layer, LayerWork } from "./layer.ts";
import {
  cutBlocks,
  cutTokens,
  newRowsPort,
  placeData,
  readRows,
  type RowsLinear,
  rowsStride,
  type TokenRun,
  writeRows,
} from "./rows.ts";

/** A packed linear layer on rows. */
export interface RowsPlan {
  /** Id of the kernel. */
  readonly kernelId: string;
  /** Why this form, in words. */
  readonly reason: string;
  /** What is to be placed, each at a multiple of 64 bytes. */
  readonly data: readonly ArrayBufferView[];
  /** Bytes from one token to the next in the input. */
  readonly xStride: number;
  /** The same of the output: padding is written too. */
  readonly yStride: number;
  /** Work of one call on all tokens. */
  readonly work: LayerWork;
  /** The calls, one list a thread. They need no barrier among themselves. */
  calls(at: RowsAddresses): readonly (readonly Step[])[];
}

/** Where the parts of a packed layer are. */
export interface RowsAddresses {
  /** First token of the input. */
  readonly x: number;
  /** First token of the output. */
  readonly y: number;
  /** Each of {@linkcode RowsPlan.data}. */
  readonly data: readonly number[];
}

/** What a form of linear layers on rows has of its own. */
export interface RowsForm<Part extends string> {
  /** Why this form, in words. */
  readonly reason: string;
  /** Blocks of output rows, which threads share. */
  readonly blocks: number;
  /** Outputs of all blocks. */
  readonly written: number;
  /** Stored columns, slots or segments before each block, and their total at the end. */
  readonly starts: Uint32Array;
  /** What the kernel reads beside activations and bias: `values` are the stored weights, zeros included. */
  readonly parts: Readonly<Record<Part | "values", ArrayBufferView>>;
  /** Stored weights. */
  readonly stored: number;
  /** Weights that are not zero. */
  readonly macs: number;
  /** Most tokens of one call. */
  readonly mostTokens: number;
  /** The call that computes the blocks from `from` to `to` for a run of tokens. */
  step(run: TokenRun, from: number, to: number, at: RowsParts<Part>): Step;
}

/** Addresses of the parts of a form. */
export type RowsParts<Part extends string> = Readonly<
  Record<Part | "values" | "bias" | "x" | "y", number>
>;

/** A form as a plan: its calls are split over threads and runs of tokens. */
export function planRows<Part extends string>(
  linear: RowsLinear,
  form: RowsForm<Part>,
): RowsPlan {
  const { rows, cols, lanes, threads = 1 } = linear;
  const { blocks, starts, written, parts, macs } = form;
  const names = Object.keys(parts);
  const arrays = Object.values<ArrayBufferView>(parts);
  const runs = cutTokens(lanes, form.mostTokens);
  const shares = cutBlocks(blocks, starts, threads);
  const calls: RowsPlan["calls"] = ({ x, y, data }) => {
    const addresses = Object.fromEntries(names.map((name, i) => [name, data[i]]));
    const at = { ...addresses, bias: data[names.length], x, y } as RowsParts<Part>; // one for each
    return shares.map(([from, to]) =>
      from === to ? [] : runs.map((run) => form.step(run, from, to, at))
    );
  };
  const bytes = arrays.reduce((sum, part) => sum + part.byteLength, 0);
  const [xStride, yStride] = [rowsStride(cols), rowsStride(written)];
  const nowhere = { x: 0, y: 0, data: [...arrays, null].map(() => 0) };
  const first = calls(nowhere).flat().find((step) => step.do === "call");
  return {
    kernelId: first?.kernel.id ?? "",
    reason: `${lanes} lanes: ${form.reason}`,
    data: [...arrays, paddedBias(linear.bias, written)],
    xStride,
    yStride,
    work: {
      macs: macs * lanes,
      denseMacs: rows * cols * lanes,
      executedMacs: form.stored * lanes,
      weightBytes: runs.length * bytes,
      activationBytes: lanes * (xStride + yStride),
    },
    calls,
  };
}

function paddedBias(bias: Float32Array | undefined, padded: number): Float32Array {
  const values = new Float32Array(padded);
  if (bias) values.set(bias);
  return values;
}

/** A plan as a layer of a back end. */
export function placeRows(backend: Backend, linear: RowsLinear, plan: RowsPlan): Layer {
  const { rows, cols, lanes } = linear;
  const { kernelId, reason, work } = plan;
  const input = linear.input ?? newRowsPort(backend, lanes, cols);
  const output = newRowsPort(backend, lanes, plan.yStride / 4);
  return {
    kernelId,
    reason,
    input,
    output,
    work,
    steps: plan.calls({
      x: input.address,
      y: output.address,
      data: plan.data.map((data) => placeData(backend, data)),
    }),
    writeInput: (given) => writeRows(backend, input, given, { lanes, features: cols }),
    readOutput: () => readRows(backend, output, { lanes, features: rows }),
  };
}
