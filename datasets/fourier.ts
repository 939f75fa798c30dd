/**
 * The discrete Fourier transform of real frames.
 *
 * A frame of n samples becomes n/2 complex ones, even samples real and odd ones imaginary; their transform holds that of the frame, which
 * halves the work (Cooley and Tukey 1965; the split is in any textbook, e.g. Press et al., "Numerical Recipes", section 12.3).
 *
 * @module
 */

/** Makes a function that gives the magnitudes of a frame's frequencies. */
export interface FourierMagnitudes {
  /**
   * Magnitudes of the frequencies 0 to n/2.
   *
   * @param frame n samples; not changed.
   * @param magnitudes n/2 + 1 values; overwritten.
   */
  (frame: Float64Array, magnitudes: Float32Array): void;
}

/**
 * Prepares transforms of frames of one length.
 *
 * @throws {RangeError} If the length is no power of two from 4.
 */
export function createFourier(length: number): FourierMagnitudes {
  if (!Number.isInteger(Math.log2(length)) || length < 4) {
    throw new RangeError(`Cannot transform frames of ${length}: expected a power of two from 4`);
  }
  const half = length / 2;
  const order = bitReversal(half);
  const cosines = Float64Array.from({ length: half }, (_, i) => Math.cos(2 * Math.PI * i / length));
  const sines = Float64Array.from({ length: half }, (_, i) => -Math.sin(2 * Math.PI * i / length));
  const real = new Float64Array(half);
  const imaginary = new Float64Array(half);
  return (frame, magnitudes) => {
    for (let i = 0; i < half; i++) {
      real[i] = frame[2 * order[i]!]!;
      imaginary[i] = frame[2 * order[i]! + 1]!;
    }
    transform(real, imaginary, cosines, sines);
    magnitudes[0] = Math.abs(real[0]! + imaginary[0]!);
    magnitudes[half] = Math.abs(real[0]! - imaginary[0]!);
    for (let i = 1; i < half; i++) {
      const evenReal = (real[i]! + real[half - i]!) / 2;
      const evenImaginary = (imaginary[i]! - imaginary[half - i]!) / 2;
      const oddReal = (imaginary[i]! + imaginary[half - i]!) / 2;
      const oddImaginary = (real[half - i]! - real[i]!) / 2;
      const x = evenReal + cosines[i]! * oddReal - sines[i]! * oddImaginary;
      const y = evenImaginary + cosines[i]! * oddImaginary + sines[i]! * oddReal;
      magnitudes[i] = Math.sqrt(x * x + y * y);
    }
  };
}

function bitReversal(length: number): Uint32Array {
  const bits = Math.log2(length);
  const order = new Uint32Array(length);
  for (let i = 1; i < length; i++) order[i] = order[i >> 1]! >> 1 | (i & 1) << (bits - 1);
  return order;
}

/** In place, decimation in time; the tables hold the roots of twice the length, so that every second one is taken. */
function transform(
  real: Float64Array,
  imaginary: Float64Array,
  cosines: Float64Array,
  sines: Float64Array,
): void {
  const length = real.length;
  for (let half = 1; half < length; half *= 2) {
    const step = length / half;
    for (let i = 0; i < half; i++) {
      const cosine = cosines[i * step]!;
      const sine = sines[i * step]!;
      for (let low = i; low < length; low += 2 * half) {
        const high = low + half;
        const x = real[high]! * cosine - imaginary[high]! * sine;
        const y = real[high]! * sine + imaginary[high]! * cosine;
        real[high] = real[low]! - x;
        imaginary[high] = imaginary[low]! - y;
        real[low] = real[low]! + x;
        imaginary[low] = imaginary[low]! + y;
      }
    }
  }
}
