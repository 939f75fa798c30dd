import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { type Code, createCode } from "./code.ts";
import { encodeModule, type ModuleFunction } from "./module.ts";

function exported(name: string, code: Code, rest: Partial<ModuleFunction> = {}): ModuleFunction {
  return { name, parameters: [], results: [], code, exported: true, ...rest };
}

/** Runs the export `f` of a module without memory. */
function call(bytes: BufferSource, ...args: readonly number[]): unknown {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const f = instance.exports["f"];
  assertInstanceOf(f, Function);
  return f(...args);
}

Deno.test("encodeModule() gives the bytes of the format", () => {
  const code = createCode(0).i32(42);
  assertEquals(
    [...encodeModule([exported("f", code, { results: ["i32"] })])],
    [
      ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      ...[1, 5, 1, 0x60, 0, 1, 0x7f], // types: () -> (i32)
      ...[3, 2, 1, 0], // functions: one of type 0
      ...[7, 5, 1, 1, 0x66, 0x00, 0], // exports: "f" is function 0
      ...[10, 6, 1, 4, 0, 0x41, 42, 0x0b], // code: no locals, i32.const 42, end
      ...[0, 11, 4, 0x6e, 0x61, 0x6d, 0x65, 1, 4, 1, 0, 1, 0x66], // "name": function 0 is "f"
    ],
  );
});

Deno.test("encodeModule() passes parameters, declares locals and calls by index", () => {
  const double = createCode(1).get(0).get(0).plain("i32.add");
  const f = createCode(1);
  const kept = f.declare("i32");
  f.get(0).indexed("call", 0).set(kept).get(kept).i32(-1).plain("i32.add");
  const types = { parameters: ["i32"], results: ["i32"] } as const;
  const bytes = encodeModule([
    { ...exported("double", double, types), exported: false },
    exported("f", f, types),
  ]);
  assertEquals(call(bytes, 21), 41);
});

Deno.test("encodeModule() imports memory with its exact limits", () => {
  for (const shared of [false, true]) {
    const code = createCode(0).i32(0).memory("i32.load", 8);
    const bytes = encodeModule([exported("f", code, { results: ["i32"] })], { pages: 200, shared });
    const module = new WebAssembly.Module(bytes);
    const open = (pages: number): WebAssembly.Instance => {
      const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
      new Int32Array(memory.buffer)[2] = 7;
      return new WebAssembly.Instance(module, { env: { memory } });
    };
    const f = open(200).exports["f"];
    assertInstanceOf(f, Function);
    assertEquals(f(), 7);
    for (const pages of [199, 201]) {
      let error: unknown;
      try {
        open(pages);
      } catch (thrown) {
        error = thrown;
      }
      assertInstanceOf(error, WebAssembly.LinkError);
    }
  }
});

Deno.test("encodeModule() encodes bodies of more than 128 KiB", () => {
  const code = createCode(0).i32(0);
  for (let i = 0; i < 50_000; i++) code.i32(1).plain("i32.add");
  const bytes = encodeModule([exported("f", code, { results: ["i32"] })]);
  assert(bytes.length > 150_000);
  assertEquals(call(bytes), 50_000);
});

Deno.test("slot() lets a part of a body be written again, whatever follows", () => {
  const code = createCode(0).i32(1);
  const slot = code.slot();
  code.plain("i32.add");
  for (const value of [2, 300_000, 40]) {
    slot.rewrite(() => code.i32(value));
    assertEquals(call(encodeModule([exported("f", code, { results: ["i32"] })])), 1 + value);
  }
});

Deno.test("spread() fills all lanes with one, splat() with a constant", () => {
  for (const [lane, expected] of [[0, 0x11], [1, 0x12], [2, 0x13], [3, 0x14]] as const) {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
    const words = new Int32Array(memory.buffer);
    words.set([0x11, 0x12, 0x13, 0x14]);
    const code = createCode(0);
    const loaded = code.declare("v128");
    code.i32(0).memory("v128.load").set(loaded);
    code.i32(16).get(loaded).get(loaded).spread(lane).memory("v128.store");
    code.i32(0).splat(0x8765_4321).memory("v128.store");
    const bytes = encodeModule([exported("f", code)], { pages: 1, shared: false });
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
    const f = instance.exports["f"];
    assertInstanceOf(f, Function);
    f();
    assertEquals([...words.subarray(4, 8)], Array(4).fill(expected));
    assertEquals([...words.subarray(0, 4)], Array(4).fill(0x8765_4321 | 0));
  }
});
