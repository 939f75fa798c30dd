/**
 * Generated images: stripes of five directions and two widths, anywhere, under noise. A stand-in for MNIST, CIFAR-10 and ImageNet.
 *
 * Where stripes begin is a matter of chance, so that the mean of every class is the same grey: a linear model, which knows stripes that begin
 * in one place only, is wrong about half of the images, and small convolutions learn to tell all within some hundred steps.
 *
 * @module
 */
import type { Random } from "../core/mod.ts";
import type { PlaneGenerator } from "./generated_planes.ts";
import type { PlaneShape } from "./planes.ts";

const DIRECTIONS = 5;
/** Pixels from stripe to stripe. */
const WIDTHS = [4, 7] as const;
/** Largest turn from a direction, in radians; directions are 0.63 apart. */
const TURN = 0.12;
const NOISE = 0.15;
/** Measured over a thousand images. */
const [MEAN, DEVIATION] = [0.5, 0.27];

/** Makes images of ten classes in any size. */
export function gratings(name: string, shape: PlaneShape): PlaneGenerator {
  return {
    name,
    version: 1,
    classes: Array.from(
      { length: DIRECTIONS * WIDTHS.length },
      (_, i) => `${36 * (i % DIRECTIONS)} degrees, ${WIDTHS[Math.floor(i / DIRECTIONS)]} pixels`,
    ),
    shape,
    normalisation: {
      mean: Array.from({ length: shape.channels }, () => MEAN),
      deviation: Array.from({ length: shape.channels }, () => DEVIATION),
    },
    draw: (label, random) => draw(shape, label, random),
  };
}

function draw(
  { channels, height, width }: PlaneShape,
  label: number,
  random: Random,
): Float32Array {
  const angle = Math.PI * (label % DIRECTIONS) / DIRECTIONS + TURN * (2 * random.next() - 1);
  const frequency = 2 * Math.PI / WIDTHS[Math.floor(label / DIRECTIONS)]!;
  const phase = 2 * Math.PI * random.next();
  const [x, y] = [Math.cos(angle) * frequency, Math.sin(angle) * frequency];
  const strengths = Array.from({ length: channels }, () => 0.2 + 0.25 * random.next());
  const values = new Float32Array(channels * height * width);
  for (let i = 0; i < values.length; i++) {
    const channel = Math.floor(i / (height * width));
    const [row, column] = [Math.floor(i / width) % height, i % width];
    const stripe = Math.cos(x * column + y * row + phase);
    const value = 0.5 + strengths[channel]! * stripe + NOISE * random.normal();
    values[i] = Math.max(0, Math.min(1, value));
  }
  return values;
}
