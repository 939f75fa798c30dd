/**
 * Estimates of memory against processes that load and run networks. What was measured for the largest is in `engine_memory.ts`.
 */
import { assert } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { networkNamed, zeroParameters } from "../models/mod.ts";
import type { PeakJob } from "./peak_memory_process.ts";
import { preflight } from "./preflight.ts";

const PROCESS = fromFileUrl(new URL("./peak_memory_process.ts", import.meta.url));
const AVAILABLE = { bytes: Infinity, limit: "free memory of the machine" } as const;

async function peakOf(job: PeakJob): Promise<number> {
  const args = ["run", "-A", "--quiet", PROCESS, JSON.stringify(job)];
  const { stdout, stderr } = await new Deno.Command("deno", { args }).output();
  const [, bytes] = /^peak (\d+)$/m.exec(new TextDecoder().decode(stdout)) ?? [];
  if (bytes === undefined) throw new Error(new TextDecoder().decode(stderr));
  return Number(bytes);
}

const JOBS: readonly PeakJob[] = [
  { network: "resnet50", shape: { batch: 8 }, engine: "onnxruntime-node" },
  { network: "resnet50", shape: { batch: 8 }, engine: "onnxruntime-web" },
  { network: "resnet50", shape: { batch: 8 }, engine: "skipzero-native" },
  { network: "bert-mini", shape: { batch: 32, sequence: 128 }, engine: "onnxruntime-node" },
  { network: "bert-mini", shape: { batch: 32, sequence: 128 }, engine: "skipzero-native" },
  { network: "bert-mini", shape: { batch: 8, sequence: 128 }, engine: "tfjs" },
  { network: "dlrm", shape: { batch: 512 }, engine: "onnxruntime-node" },
  { network: "dlrm", shape: { batch: 512 }, engine: "skipzero-native" },
];

for (const job of JOBS) {
  const { network, shape, engine } = job;
  Deno.test({
    name: `preflight() foresees the memory of ${network} at batch ${shape.batch} in ${engine}`,
    ignore: Deno.build.os !== "linux",
    async fn(): Promise<void> {
      const graph = networkNamed(network).build(shape, zeroParameters());
      const { bytes } = preflight(graph, { engines: [engine], threads: 1, available: AVAILABLE });
      const ratio = bytes / await peakOf(job);
      assert(ratio > 0.75 && ratio < 1.33, `estimated ${ratio.toFixed(2)} times what it took`);
    },
  });
}
