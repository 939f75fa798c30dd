import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Assembler, createAssembler } from "./assembler.ts";
import { constant, r64, register } from "./operands.ts";

const RAX = r64("rax");

/** Bytes of the instructions, in hexadecimal. */
function bytesOf(emit: (assembler: Assembler) => void): string {
  const assembler = createAssembler();
  emit(assembler);
  const { bytes, codeBytes } = assembler.finish();
  return [...bytes.subarray(0, codeBytes)].map((byte) => byte.toString(16).padStart(2, "0"))
    .join(" ");
}

Deno.test("jump() is near forwards and short backwards where that reaches", () => {
  assertEquals(
    bytesOf((a) => {
      const [top, end] = [a.label(), a.label()];
      a.place(top);
      a.jump("jz", end);
      a.emit("dec", RAX);
      a.jump("jnz", top);
      a.place(end);
    }),
    "0f 84 05 00 00 00 48 ff c8 75 f5",
  );
});

Deno.test("jump() goes near backwards exactly when a short one would not reach", () => {
  for (const [fillers, wanted] of [[126, "jnz 80"], [127, "jnz near"]] as const) {
    const bytes = bytesOf((a) => {
      const top = a.label();
      a.place(top);
      for (let i = 0; i < fillers; i++) a.emit("ret");
      a.jump("jnz", top);
    });
    const end = wanted === "jnz near" ? "c3 0f 85 7b ff ff ff" : "c3 75 80";
    assert(bytes.endsWith(end), `${fillers}: ${bytes.slice(-24)}`);
  }
});

Deno.test("jump() keeps a promise to be short or fails", () => {
  const forward = (fillers: number): () => string => () =>
    bytesOf((a) => {
      const end = a.label();
      a.jump("jmp", end, "short");
      for (let i = 0; i < fillers; i++) a.emit("ret");
      a.place(end);
    });
  assert(forward(127)().startsWith("eb 7f"));
  assertThrows(forward(128), RangeError, "Cannot jmp short: distance is 128 bytes");
});

Deno.test("calls have one form and reach both ways", () => {
  assertEquals(
    bytesOf((a) => {
      const [back, ahead] = [a.label(), a.label()];
      a.place(back);
      a.jump("call", ahead);
      a.jump("call", back);
      a.place(ahead);
    }),
    "e8 05 00 00 00 e8 f6 ff ff ff",
  );
});

Deno.test("labels are placed once, and before the end", () => {
  const assembler = createAssembler();
  const label = assembler.label();
  assembler.jump("jmp", label);
  assertThrows(() => assembler.finish(), RangeError, "label 0 is not placed");
  assembler.place(label);
  assertThrows(() => assembler.place(label), RangeError, "label 0: it is placed");
  assertThrows(() => assembler.jump("jmp", { id: 7 }), RangeError, "label 7: unknown");
  assertEquals(assembler.finish().offsetOf(label), 5);
});

Deno.test("equal constants are stored once, behind the code, 64-byte aligned", () => {
  const assembler = createAssembler();
  for (const bits of [0x3f800000, 0x40000000, 0x3f800000]) {
    assembler.emit("vbroadcastss", register("ymm", 1), constant(bits));
  }
  // An immediate after the distance: it counts from behind both.
  const [zmm, ymm] = [register("zmm", 1), register("ymm", 1)];
  assertThrows(() => assembler.emit("vmovaps", zmm, ymm), RangeError);
  const { bytes, codeBytes } = assembler.finish();
  const view = new DataView(bytes.buffer);
  assertEquals([codeBytes, bytes.length], [27, 72]);
  assertEquals([view.getUint32(64, true), view.getUint32(68, true)], [0x3f800000, 0x40000000]);
  const targets = [0, 1, 2].map((i) => 9 * (i + 1) + view.getInt32(9 * i + 5, true));
  assertEquals(targets, [64, 68, 64]);
  assertEquals(bytes[codeBytes], 0xcc); // running off the end traps
});

Deno.test("a distance counts from behind an immediate too", () => {
  const assembler = createAssembler();
  assembler.emit("vroundps", register("ymm", 1), constant(5), 8);
  const { bytes, codeBytes } = assembler.finish();
  const at = codeBytes - 5;
  assertEquals(codeBytes + new DataView(bytes.buffer).getInt32(at, true), 64);
});

Deno.test("align() fills with NOPs and only as far as needed", () => {
  for (let before = 0; before <= 64; before++) {
    const assembler = createAssembler();
    for (let i = 0; i < before; i++) assembler.emit("ret");
    assembler.align(32);
    assertEquals(assembler.offset, Math.ceil(before / 32) * 32);
    const { lines } = assembler.finish();
    assert(lines.slice(before).every(({ text, length }) => text === "nop" && length <= 9));
  }
});
