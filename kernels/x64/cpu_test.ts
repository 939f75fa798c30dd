import { assert, assertEquals } from "@std/assert";
import { type Cpuid, describeCpu, type Feature, FEATURES, type Leaf } from "./cpu.ts";
import { probeHost } from "./support.ts";

/** A processor with the given answers; absent leaves read as 0. */
function answers(leaves: Readonly<Record<string, Leaf>>): Cpuid {
  return (leaf, subleaf = 0) => leaves[`${leaf.toString(16)}.${subleaf}`] ?? [0, 0, 0, 0];
}

function word(text: string): number {
  return new DataView(new TextEncoder().encode(text).buffer).getUint32(0, true);
}

const bit = (...bits: number[]): number => bits.reduce((sum, one) => sum + 2 ** one, 0);
const ALL_STATES = 0xe7;

// A Zen 5 server part.
const AMD: Readonly<Record<string, Leaf>> = {
  "0.0": [0x10, word("Auth"), word("cAMD"), word("enti")],
  "1.0": [0x00b00f21, 0, bit(12, 23, 27, 28), 0],
  "7.0": [1, bit(5, 8, 16, 17, 30, 31), bit(1, 11), 0],
  "7.1": [bit(4), 0, 0, 0],
  "80000000.0": [0x80000028, 0, 0, 0],
  "80000002.0": [word("AMD "), word("EPYC"), word(" 965"), word("5 96")],
  "80000003.0": [word("-Cor"), word("e Pr"), word("oces"), word("sor\0")],
  "8000001d.0": [0x121, 0x02c0003f, 63, 0], // 12 ways x 64 B x 64 sets
  "8000001d.1": [0x122, 0x01c0003f, 63, 0],
  "8000001d.2": [0x143, 0x03c0003f, 1023, 0],
};

Deno.test("describeCpu() reads features, caches, names and model", () => {
  const cpu = describeCpu(answers(AMD), () => ALL_STATES);
  assertEquals([cpu.vendor, cpu.brand], ["AuthenticAMD", "AMD EPYC 9655 96-Core Processor"]);
  assertEquals([cpu.family, cpu.model], [26, 2]);
  assertEquals([...cpu.features].sort(), [
    "avx",
    "avx2",
    "avx512bw",
    "avx512dq",
    "avx512f",
    "avx512vbmi",
    "avx512vl",
    "avx512vnni",
    "avx_vnni",
    "bmi2",
    "fma",
    "popcnt",
  ]);
  assertEquals(cpu.caches, [
    { level: 1, holds: "data", sizeBytes: 48 * 1024 },
    { level: 1, holds: "instructions", sizeBytes: 32 * 1024 },
    { level: 2, holds: "both", sizeBytes: 1024 * 1024 },
  ]);
});

Deno.test("describeCpu() hides what the operating system does not save", () => {
  const noUpper = describeCpu(answers(AMD), () => 0b111);
  assertEquals([...noUpper.features].sort(), ["avx", "avx2", "avx_vnni", "bmi2", "fma", "popcnt"]);
  const none = describeCpu(answers(AMD), () => 0b011);
  assertEquals([...none.features], ["bmi2", "popcnt"]); // they need no vector registers
});

Deno.test("describeCpu() does not run xgetbv where it is not enabled", () => {
  const leaves = { ...AMD, "1.0": [0x00b00f21, 0, bit(12, 28), 0] as const };
  const cpu = describeCpu(answers(leaves), () => {
    throw new Error("illegal instruction");
  });
  assertEquals([...cpu.features], ["bmi2"]);
});

Deno.test("describeCpu() asks no leaf that the processor lacks", () => {
  const asked: number[] = [];
  const old = answers({ "0.0": [1, 0, 0, 0], "1.0": [0x6f2, 0, 0, 0] });
  const cpu = describeCpu((leaf, subleaf) => {
    asked.push(leaf);
    return old(leaf, subleaf);
  }, () => ALL_STATES);
  assertEquals([cpu.family, cpu.model, cpu.brand, cpu.caches], [6, 15, "", []]);
  assertEquals([...new Set(asked)].sort(), [0, 1, 0x80000000]);
});

/** Whether the file can be read; Deno guards most of /proc with --allow-all. */
function isReadable(path: string): boolean {
  try {
    return Deno.readTextFileSync(path).length > 0;
  } catch {
    return false;
  }
}

const host = probeHost();

Deno.test({
  name: "probeHost() agrees with /proc/cpuinfo",
  ignore: typeof host === "string" || !isReadable("/proc/cpuinfo"),
  fn: async () => {
    assert(typeof host !== "string");
    const text = await Deno.readTextFile("/proc/cpuinfo");
    const field = (name: string): string =>
      new RegExp(`^${name}\\s*: (.*)$`, "m").exec(text)?.[1] ?? "";
    assertEquals(host.vendor, field("vendor_id"));
    assertEquals(host.brand.replaceAll(/\s+/g, " "), field("model name").replaceAll(/\s+/g, " "));
    assertEquals([host.family, host.model], [
      Number(field("cpu family")),
      Number(field("model")),
    ]);
    const flags = field("flags").split(" ");
    const named = (feature: Feature): string => feature === "avx512vnni" ? "avx512_vnni" : feature;
    for (const feature of FEATURES) {
      assertEquals(host.features.has(feature), flags.includes(named(feature)), feature);
    }
    assert(host.caches.some(({ level, sizeBytes }) => level === 1 && sizeBytes >= 16384));
  },
});
