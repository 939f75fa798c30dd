import { assertEquals, assertThrows } from "@std/assert";
import { type PickleNames, readPickle } from "./pickle.ts";
import {
  pickle,
  pushCall,
  pushDictionary,
  pushInteger,
  pushName,
  pushText,
  pushTuple,
} from "./pickle_sample.ts";

const NAMES: PickleNames = new Map<string, ((args: readonly unknown[]) => unknown) | null>([
  ["math sum", (args): unknown => args.reduce<number>((sum, value) => sum + Number(value), 0)],
  ["torch Mentioned", null],
]);

function read(bytes: Uint8Array): unknown {
  return readPickle(bytes, 0, { path: "x", names: NAMES }).value;
}

Deno.test("readPickle() builds values of every kind", () => {
  const long = [0x8a, 3, 0xff, 0xff, 0x7f]; // 2^23 - 1
  const negative = [0x4a, 0xfe, 0xff, 0xff, 0xff]; // -2
  const half = [0x47, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0]; // 0.5
  const list = [0x5d, 0x28, 0x4b, 7, 0x4e, 0x65, 0x88, 0x61]; // [7, None] and True behind them
  const parts = [long, negative, half, list, [0x55, 1, 0xe9]];
  assertEquals(read(pickle(pushTuple(...parts))), [8388607, -2, 0.5, [7, null, true], "é"]);
  const dictionary = pushDictionary(pushText("a"), pushInteger(1), [0x89], pushText("b"));
  assertEquals(read(pickle(dictionary)), new Map<unknown, unknown>([["a", 1], [false, "b"]]));
  const huge = [0x8a, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1];
  assertEquals(read(pickle(huge)), 2n ** 64n);
});

Deno.test("readPickle() remembers values, so that one object stays one", () => {
  const twice = pushTuple([0x5d, 0x71, 5], [0x68, 5], [0x72, 0, 1, 0, 0], [0x6a, 0, 1, 0, 0]);
  const [first, second, third] = read(pickle(twice)) as unknown[]; // a tuple
  assertEquals([first === second, second === third], [true, true]);
  assertThrows(() => read(pickle([0x68, 1])), SyntaxError, "entry 1 of the memo");
});

Deno.test("readPickle() reads a newer protocol's frames, short texts and stacked names", () => {
  const text = (
    value: string,
  ): number[] => [0x8c, value.length, ...new TextEncoder().encode(value)];
  const frame = [0x95, 0, 0, 0, 0, 0, 0, 0, 0];
  const called = [
    ...text("math"),
    0x94,
    ...text("sum"),
    0x93,
    ...pushTuple([0x4b, 2], [0x4b, 3]),
    0x52,
  ];
  assertEquals(read(pickle(frame, called)), 5);
});

Deno.test("readPickle() goes on where it is told, and says where it ended", () => {
  const bytes = Uint8Array.from([9, 9, ...pickle(pushInteger(3)), 8]);
  assertEquals(readPickle(bytes, 2, { path: "x", names: NAMES }), { value: 3, end: 8 });
});

Deno.test("readPickle() runs nothing that the table does not hold", () => {
  const system = pushCall(pushName("os", "system"), pushText("true"));
  assertThrows(() => read(pickle(system)), SyntaxError, 'the name "os system"');
  for (const name of ["builtins eval", "posix system", "subprocess Popen", "torch load"]) {
    const [module, attribute] = name.split(" ") as [string, string]; // two words
    assertThrows(() => read(pickle(pushName(module, attribute))), SyntaxError, `"${name}"`);
  }
  const mentioned = pushCall(pushName("torch", "Mentioned"));
  assertThrows(() => read(pickle(mentioned)), SyntaxError, 'a call of "torch Mentioned"');
  const called = [...pushInteger(1), ...pushTuple(), 0x52];
  assertThrows(() => read(pickle(called)), SyntaxError, "a call of a value");
  assertThrows(() => read(pickle(pushText("id"), [0x51])), SyntaxError, "a persistent id");
  assertThrows(() => read(pickle([0x4e, 0x4e, 0x62])), SyntaxError, "attributes of an object");
  // INST, OBJ, NEWOBJ, NEWOBJ_EX, EXT1, and names that texts inherit.
  for (const opcode of [0x69, 0x6f, 0x81, 0x92, 0x82]) {
    assertThrows(() => read(pickle([0x28, opcode])), SyntaxError, "instruction 0x");
  }
  assertThrows(() => read(pickle(pushName("constructor", "x"))), SyntaxError, "constructor x");
});

Deno.test("readPickle() is never at a loss: every cut and every changed byte gives a value or an error", () => {
  const whole = pickle(pushDictionary(
    pushText("a"),
    pushTuple(pushInteger(1), pushCall(pushName("math", "sum"), pushInteger(2))),
  ));
  for (let length = 0; length < whole.length; length++) {
    assertThrows(() => read(whole.subarray(0, length)), SyntaxError);
  }
  for (let i = 0; i < whole.length; i++) {
    for (let value = 0; value < 256; value += 5) {
      const changed = whole.slice();
      changed[i] = value;
      try {
        read(changed);
      } catch (error) {
        assertEquals(error instanceof SyntaxError, true, String(error));
      }
    }
  }
});
