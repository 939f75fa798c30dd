/**
 * All formats under one roof: conversion of each into each, and their sizes.
 *
 * @module
 */
import { type Bitmap, bitmapOfCsr, csrOfBitmap } from "./bitmap.ts";
import { type Bsr, bsrOfCsr, csrOfBsr } from "./bsr.ts";
import { type Coo, cooOfCsr, csrOfCoo } from "./coo.ts";
import { type Csc, cscOfCsr, type Csr, csrOfCsc, csrOfDense, denseOfCsr } from "./csr.ts";
import { csrOfEll, type Ell, ellOfCsr } from "./ell.ts";
import { csrOfNOfM, type NOfM, nOfMOfCsr } from "./n_of_m.ts";

/** Every weight, row-major. */
export interface Dense {
  /** Discriminates. */
  readonly format: "dense";
  /** Output channels. */
  readonly rows: number;
  /** Input channels. */
  readonly cols: number;
  /** `rows * cols` values. */
  readonly values: Float32Array<ArrayBuffer>;
}

/** A matrix in one of the formats of the literature. */
export type SparseMatrix = Dense | Coo | Csr | Csc | Bsr | Ell | Bitmap | NOfM;

/** A format, with what it must be told. */
export type FormatSpec =
  | { readonly format: "dense" | "coo" | "csr" | "csc" | "ell" | "bitmap" }
  | { readonly format: "bsr"; readonly blockRows: number; readonly blockCols: number }
  | { readonly format: "n_of_m"; readonly n: number; readonly m: number };

/**
 * The same matrix in another format. Goes through CSR, which takes time and memory in proportion to what is stored.
 *
 * NaN and infinity stay what they are; a stored zero, `-0` too, is no non-zero and is not passed on.
 *
 * @throws {RangeError} If the matrix does not fit the format, e.g. does not divide into its blocks.
 */
export function convert(matrix: SparseMatrix, to: FormatSpec): SparseMatrix {
  const csr = toCsr(matrix);
  switch (to.format) {
    case "dense":
      return { format: "dense", rows: csr.rows, cols: csr.cols, values: denseOfCsr(csr) };
    case "coo":
      return cooOfCsr(csr);
    case "csr":
      return csr;
    case "csc":
      return cscOfCsr(csr);
    case "bsr":
      return bsrOfCsr(csr, to.blockRows, to.blockCols);
    case "ell":
      return ellOfCsr(csr);
    case "bitmap":
      return bitmapOfCsr(csr);
    case "n_of_m":
      return nOfMOfCsr(csr, to.n, to.m);
  }
}

/** The matrix in rows; the same object if it is in rows already. */
export function toCsr(matrix: SparseMatrix): Csr {
  switch (matrix.format) {
    case "dense":
      return csrOfDense(matrix.values, matrix.rows, matrix.cols);
    case "coo":
      return csrOfCoo(matrix);
    case "csr":
      return matrix;
    case "csc":
      return csrOfCsc(matrix);
    case "bsr":
      return csrOfBsr(matrix);
    case "ell":
      return csrOfEll(matrix);
    case "bitmap":
      return csrOfBitmap(matrix);
    case "n_of_m":
      return csrOfNOfM(matrix);
  }
}

/** Bytes of a stored matrix. */
export interface StoredBytes {
  /** Of the float32 values, zeros that the format stores included. */
  readonly values: number;
  /** Of everything else: indices, starts, counts, bits. */
  readonly indices: number;
  /** Both. */
  readonly total: number;
}

/**
 * Bytes of all lists of a stored matrix, as they lie in memory, whatever the format calls them.
 *
 * Indices of the formats here have 8, 16 or 32 bits, the narrowest that hold the size of the matrix, and starts the
 * narrowest that hold the number of non-zeros; many libraries use 32 bits throughout.
 *
 * @param matrix Any object whose lists are typed arrays; the one named `values` holds the values.
 */
export function storedBytes(matrix: object): StoredBytes {
  const [values, rest] = [[] as number[], [] as number[]];
  for (const [name, list] of Object.entries(matrix)) {
    if (ArrayBuffer.isView(list)) (name === "values" ? values : rest).push(list.byteLength);
  }
  const sum = (sizes: readonly number[]): number => sizes.reduce((a, b) => a + b, 0);
  return { values: sum(values), indices: sum(rest), total: sum(values) + sum(rest) };
}
