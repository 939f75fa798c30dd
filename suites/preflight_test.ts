import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Graph, networkNamed, zeroParameters } from "../models/mod.ts";
import type { AvailableMemory } from "./available_memory.ts";
import { preflight } from "./preflight.ts";

function build(name: string, batch: number): Graph {
  return networkNamed(name).build({ batch }, zeroParameters());
}

function having(gibibytes: number): AvailableMemory {
  return { bytes: gibibytes * 2 ** 30, limit: "limit of the container" };
}

Deno.test("preflight() lets through what fits", () => {
  const request = { engines: ["onnxruntime-node"], threads: 1, available: having(4) } as const;
  const { bytes, parts, refusal } = preflight(build("resnet50", 1), request);
  assertEquals(refusal, null);
  assertEquals(bytes, parts.reduce((sum, part) => sum + part.bytes, 0));
});

Deno.test("preflight() refuses what does not fit, and says what is needed, what there is and what to try", () => {
  const engines = ["skipzero-native", "onnxruntime-node"] as const;
  const large = preflight(build("bert-large", 8), { engines, threads: 2, available: having(4) });
  assertMatch(
    large.refusal ?? "",
    /^Cannot run bert-large: it needs about \d+\.\d GiB \(\S+ \d\.\d, .+\), expected at most 3\.6 GiB, 90 % of the limit of the container; a smaller batch, a shorter sequence, fewer engines at once or a smaller network may fit$/,
  );
});

Deno.test("preflight() counts engines that are loaded twice twice", () => {
  const graph = build("bert-mini", 1);
  const bytes = (...engines: readonly "skipzero-native"[]) =>
    preflight(graph, { engines, threads: 1, available: having(1) }).bytes;
  const [none, one, two] = [
    bytes(),
    bytes("skipzero-native"),
    bytes("skipzero-native", "skipzero-native"),
  ];
  assertEquals(two - one, one - none);
});

Deno.test("preflight() grows with the batch, in memory and in time", () => {
  const [one, many] = [1, 32].map((batch) =>
    preflight(build("resnet50", batch), { engines: ["tfjs"], threads: 1, available: having(9) })
  );
  assert(many!.bytes > one!.bytes + 31 * 3 * 224 * 224 * 4);
  assert(Math.abs(many!.seconds / one!.seconds - 32) < 1e-6);
});

Deno.test("preflight() refuses what takes too long, and counts threads where they help", () => {
  const graph = build("ssd-resnet34-1200", 1); // 216 GMAC
  const request = { available: having(16), mostSeconds: 60 };
  const { refusal, seconds } = preflight(graph, { engines: ["reference"], threads: 8, ...request });
  assertMatch(refusal ?? "", /^Cannot run ssd-resnet34-1200: one run takes about \d+ s, expected/);
  assert(seconds > 216);
  const seen = (threads: number) =>
    preflight(graph, { engines: ["onnxruntime-node"], threads, ...request }).seconds;
  assertEquals(seen(1), 2 * seen(2));
});
