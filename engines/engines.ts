/**
 * Every engine of the suite.
 *
 * @module
 */
import type { Engine, EngineId } from "./engine.ts";
import { onnxruntimeNode } from "./onnxruntime_node.ts";
import { onnxruntimeWeb } from "./onnxruntime_web.ts";
import {
  skipzeroNative,
  skipzeroNativeDense,
  skipzeroWasm,
  skipzeroWasmDense,
} from "./skipzero/mod.ts";
import { tfjs } from "./tfjs/mod.ts";

/** Engines in the order in which reports list them. */
export const ENGINES: readonly Engine[] = [
  skipzeroNative,
  skipzeroWasm,
  skipzeroNativeDense,
  skipzeroWasmDense,
  onnxruntimeNode,
  onnxruntimeWeb,
  tfjs,
];

/**
 * The engine of an id.
 *
 * @throws {RangeError} If there is none.
 */
export function findEngine(id: EngineId): Engine {
  const engine = ENGINES.find((one) => one.id === id);
  if (engine === undefined) {
    throw new RangeError(
      `Cannot find engine "${id}": expected one of ${ENGINES.map((one) => one.id).join(", ")}`,
    );
  }
  return engine;
}
