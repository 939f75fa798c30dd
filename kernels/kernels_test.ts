import { assertEquals } from "@std/assert";
import { kernelName, KERNELS } from "./kernels.ts";

Deno.test("KERNELS holds no kernel twice", () => {
  assertEquals(new Set(KERNELS.map(kernelName)).size, KERNELS.length);
});

Deno.test("kernelName() is the id without target and sizes", () => {
  const names = KERNELS.map(kernelName);
  for (const name of ["spmm_f32_4x1_residual_gelu", "gelu_f32", "softmax_f32"]) {
    assertEquals(names.includes(name), true, name);
  }
});
