import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { parameterCount, parametersOf } from "./graph_builder.ts";
import { networkNamed } from "./networks.ts";
import { zeroParameters } from "./parameter_source.ts";
import { constantSparsity, WIDTH_LAYERS, widthConfig, WIDTHS } from "./width_family.ts";

function graphOf(width: number): ReturnType<ReturnType<typeof networkNamed>["build"]> {
  return networkNamed(widthConfig(width).name).build({ batch: 1 }, zeroParameters());
}

Deno.test("constantSparsity() leaves every width as many parameters as the narrowest has", () => {
  const narrow = parameterCount(graphOf(1));
  for (const width of WIDTHS) {
    const graph = graphOf(width);
    const prunable = [...parametersOf(graph)]
      .filter(([name]) =>
        WIDTH_LAYERS.some((part) => name.startsWith(part) && name.endsWith(".weight"))
      )
      .reduce((sum, [, { data }]) => sum + data.length, 0);
    const left = parameterCount(graph) - prunable * constantSparsity(width);
    assertAlmostEquals(left, narrow, 1e-6, `width ${width}`);
  }
});

Deno.test("the family has the sizes that its widths say", () => {
  assertEquals(WIDTHS.map((width) => parameterCount(graphOf(width))), [
    10_722,
    23_422,
    41_018,
    90_898,
    160_362,
  ]);
  assertEquals(constantSparsity(1), 0);
});

Deno.test("constantSparsity() refuses what no zeros can do", () => {
  assertThrows(() => constantSparsity(0.5), RangeError, "0.5 times as wide");
  assertThrows(() => constantSparsity(40), RangeError, "expected a width from 1");
});
