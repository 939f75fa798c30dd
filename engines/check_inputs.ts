/**
 * What every engine checks before it runs.
 *
 * @module
 */
import type { ValueInfo } from "../models/mod.ts";
import type { EngineId, Tensors } from "./engine.ts";

/**
 * Checks the inputs of a run against the graph's declaration. Cost: no look at the elements.
 *
 * @throws {TypeError} If an input is missing, unknown, or of another element type or shape; the message names it.
 */
export function checkInputs(
  engine: EngineId,
  declared: readonly ValueInfo[],
  inputs: Tensors,
): void {
  for (const { name, dtype, shape } of declared) {
    const found = inputs[name];
    const wanted = `${dtype} [${shape}]`;
    if (found === undefined) refuse(engine, `input "${name}" is missing`, wanted);
    if (found.dtype !== dtype || found.shape.join() !== shape.join()) {
      refuse(engine, `input "${name}" is ${found.dtype} [${found.shape}]`, wanted);
    }
    const size = shape.reduce((product, size) => product * size, 1);
    if (found.data.length !== size) {
      refuse(engine, `input "${name}" has ${found.data.length} elements`, `${size}`);
    }
  }
  for (const name of Object.keys(inputs)) {
    if (!declared.some((value) => value.name === name)) {
      refuse(engine, `input "${name}" is unknown`, declared.map(({ name }) => name).join(", "));
    }
  }
}

function refuse(engine: EngineId, found: string, expected: string): never {
  throw new TypeError(`Cannot run ${engine}: ${found}, expected ${expected}`);
}
