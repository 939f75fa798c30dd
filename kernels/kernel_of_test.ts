import { assert, assertEquals } from "@std/assert";
import { kernelsOf } from "./kernel_of.ts";
import { KERNELS } from "./kernels.ts";
import { TARGETS } from "./machine.ts";

Deno.test("kernelsOf() has a kernel of its own for every entry, named after its target", () => {
  const all = TARGETS.flatMap((target) =>
    kernelsOf(target).map(({ id }) => {
      assert(id.split("_").join(" ").includes(target.replace("_", " ")), id);
      return id;
    })
  );
  assertEquals(new Set(all).size, all.length);
  assertEquals(all.length, TARGETS.length * KERNELS.length);
});
