import { assert, assertEquals } from "@std/assert";
import { kernelsOf } from "../kernel_of.ts";
import { innermostLoops } from "../listing.ts";
import { formatListing } from "../listing_text.ts";
import type { Kernel } from "../machine.ts";
import { listWasmKernel } from "./listing.ts";

const KERNEL: Kernel = {
  id: "shown",
  slots: 3,
  slotNames: ["to", "rows", "counts"],
  emit: (m) => {
    const [to, rows, counts] = [m.argument(0), m.argument(1), m.argument(2)];
    const [v, count] = [m.vector(), m.scalar()];
    m.constant(v, 1);
    m.repeat(rows, () => {
      m.repeat(3, () => m.fma(v, v, { base: to }));
      m.loadU32(count, { base: counts, disp: 4 });
      m.repeat(count, () => m.ifNonZero(to, () => m.store({ base: to, disp: 64 }, v)));
    });
  },
};

const SHOWN = `\
shown: 146 bytes, 23 instructions, entered at 0x0000

0x0000  local.get 0  i32.load  local.set 1              ; to
0x0007  local.get 0  i32.load offset=8  local.set 2     ; rows
0x000e  local.get 0  i32.load offset=16  local.set 3    ; counts
0x0015  v128.const i32x4 0x3f800000 0x3f800000 0x3f800000 0x3f800000  local.set 4
0x0029  local.get 2  local.set 6
0x002d  block
0x002f  local.get 6  i32.eqz  br_if 0
        loop 1, rows times
0x0034    loop
0x0036    i32.const 3  local.set 7
0x003a    block
          loop 1.1, 3 times
0x003c      loop
0x003e      local.get 4  local.get 4  local.get 1  v128.load  f32x4.mul  f32x4.add  local.set 4
0x0050      local.get 7  i32.const -1  i32.add  local.tee 7  br_if 0
0x0059      end
          end of loop 1.1
0x005a    end
0x005b    local.get 3  i32.load offset=4  local.set 5
0x0062    local.get 5  local.set 7
0x0066    block
0x0068    local.get 7  i32.eqz  br_if 0
          loop 1.2, counts[4] times
0x006d      loop
0x006f      local.get 1  if
0x0073      local.get 1  local.get 4  v128.store offset=64
0x007b      end
0x007c      local.get 7  i32.const -1  i32.add  local.tee 7  br_if 0
0x0085      end
          end of loop 1.2
0x0086    end
0x0087    local.get 6  i32.const -1  i32.add  local.tee 6  br_if 0
0x0090    end
        end of loop 1
0x0091  end

each turn of        instructions  loads  stores  multiply-adds  dot products  runs
loop 1.1 at 0x003c             6      1       0              1             0  3 times, entered rows times
loop 1.2 at 0x006d             4      0       1              0             0  counts[4] times, entered rows times`;

Deno.test("listWasmKernel() shows offsets, statements, arguments and loops", () => {
  assertEquals(formatListing(listWasmKernel(KERNEL, "wasm")), SHOWN);
});

Deno.test("listWasmKernel() finds where the turns of every loop come from", () => {
  for (const target of ["wasm_relaxed", "wasm"] as const) {
    for (const kernel of kernelsOf(target).filter((_, i) => i % 5 === 0)) {
      for (const { loop } of innermostLoops(listWasmKernel(kernel, target).body)) {
        assert(loop.turns !== "unknown", `${kernel.id} loop ${loop.number}`);
      }
    }
  }
});

Deno.test("listWasmKernel() counts relaxed multiply-adds and dot products", () => {
  const kernel: Kernel = {
    id: "counted",
    slots: 1,
    emit: (m) => {
      const [at, v] = [m.argument(0), m.vector()];
      m.zero(v);
      m.repeat(at, () => {
        m.fma(v, v, { base: at });
        m.dotU8S8Broadcast(v, v, { base: at, disp: 16 });
        m.storeLane0({ base: at }, v);
      });
    },
  };
  for (const target of ["wasm_relaxed", "wasm"] as const) {
    const [loop] = innermostLoops(listWasmKernel(kernel, target).body);
    assert(loop !== undefined);
    const { loads, stores, multiplyAdds, dots } = loop.counts;
    assertEquals([loads, stores, multiplyAdds], [2, 1, 1]);
    assert(dots === 1 || dots === 2); // one instruction, or two on 16-bit integers
  }
});
