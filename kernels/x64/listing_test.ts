import { assert, assertEquals } from "@std/assert";
import type { Kernel } from "../machine.ts";
import { listing } from "./listing.ts";

const KERNEL: Kernel = {
  id: "shown",
  slots: 2,
  emit: (m) => {
    const [to, times, v] = [m.argument(0), m.argument(1), m.vector()];
    m.constant(v, 1);
    m.repeat(times, () => {
      m.store({ base: to, disp: 64 }, v);
    });
  },
};

Deno.test("listing() shows offsets, bytes and instructions", () => {
  assertEquals(listing(KERNEL, "avx512").split("\n"), [
    "     0                          L0:",
    "     0  488b07                    mov rax, [rdi]",
    "     3  488b4f08                  mov rcx, [rdi+8]",
    "     7  62f27d4818052f000000      vbroadcastss zmm0, [rip:0x3f800000]",
    "    11  4889ca                    mov rdx, rcx",
    "    14  4885d2                    test rdx, rdx",
    "    17  0f840f000000              jz L2",
    "    1d  0f1f00                    nop",
    "    20                          L1:",
    "    20  62f17c48114001            vmovups [rax+64], zmm0",
    "    27  48ffca                    dec rdx",
    "    2a  75f4                      jnz L1",
    "    2c                          L2:",
    "    2c  c5f877                    vzeroupper",
    "    2f  c3                        ret",
  ]);
});

Deno.test("listing() shows the target's own instructions", () => {
  const text = listing(KERNEL, "avx2");
  assert(text.includes("vmovups [rax+64], ymm0"));
  assert(!text.includes("zmm"));
});
