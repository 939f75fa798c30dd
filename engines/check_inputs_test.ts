import { assertThrows } from "@std/assert";
import { float32, int64 } from "../core/mod.ts";
import { checkInputs } from "./check_inputs.ts";
import type { Tensors } from "./engine.ts";

const declared = [
  { name: "ids", dtype: "int64", shape: [1, 2] },
  { name: "x", dtype: "float32", shape: [3] },
] as const;
const good: Tensors = { ids: int64([1, 2], [4, 5]), x: float32([3]) };

Deno.test("checkInputs() accepts what the graph declares, in any order", () => {
  checkInputs("tfjs", declared, { x: good.x!, ids: good.ids! });
});

const BAD: readonly (readonly [what: string, inputs: Tensors, says: string])[] = [
  ["is missing", { x: good.x! }, 'Cannot run tfjs: input "ids" is missing, expected int64 [1,2]'],
  ["has another type", { ...good, ids: float32([1, 2]) }, '"ids" is float32 [1,2], expected int64'],
  [
    "has another shape",
    { ...good, x: float32([3, 1]) },
    '"x" is float32 [3,1], expected float32 [3]',
  ],
  [
    "has fewer elements than it says",
    { ...good, x: { ...float32([3]), data: new Float32Array(2) } },
    '"x" has 2 elements, expected 3',
  ],
  ["is unknown", { ...good, y: float32([1]) }, 'input "y" is unknown, expected ids, x'],
];

for (const [what, inputs, says] of BAD) {
  Deno.test(`checkInputs() throws and names the input if it ${what}`, () => {
    assertThrows(() => checkInputs("tfjs", declared, inputs), TypeError, says);
  });
}
