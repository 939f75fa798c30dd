/**
 * Suite `smoke`: a network small enough that every engine is loaded, checked and timed within a minute.
 *
 * It asks whether everything works together; its times mean little.
 *
 * @module
 */
import { ENGINE_IDS } from "../engines/mod.ts";
import { networkCell, type NetworkSpec } from "./network.ts";
import { type Cell, QUICK_EFFORT, type Suite } from "./suite.ts";

const NETWORK: NetworkSpec = {
  model: {
    architecture: "bert",
    config: {
      name: "bert-smoke",
      layers: 2,
      hidden: 64,
      heads: 2,
      intermediate: 256,
      vocabulary: 200,
      positions: 64,
      typeVocabulary: 2,
      head: "classification",
      classes: 2,
      layerNormEpsilon: 1e-12,
    },
  },
  pattern: "4x1",
  sparsity: 0.9,
  include: ["encoder"],
  exclude: [],
  sequence: 48,
  weights: null,
  seed: 1,
};

const BATCH = 2;

/** Everything once, in small. */
export const smoke: Suite = {
  id: "smoke",
  summary: "a tiny network in every engine: does everything work together? (under a minute)",
  cells: ({ threads }) => threads.slice(0, 1).map(cellOf),
  effort: () => ({
    processes: 2,
    plan: { ...QUICK_EFFORT.plan, turnNs: 5e6, minRounds: 3, maxRounds: 4, budgetNs: 2e9 },
  }),
};

function cellOf(threads: number): Cell {
  return {
    name: networkCell(NETWORK, BATCH),
    threads,
    work: { kind: "network", network: NETWORK, batch: BATCH },
    groups: [{
      name: "all",
      contestants: ENGINE_IDS,
      pairs: [
        { subject: "skipzero-native", baseline: "onnxruntime-node" },
        { subject: "skipzero-native", baseline: "skipzero-native-dense" },
        { subject: "skipzero-wasm", baseline: "onnxruntime-web" },
        { subject: "skipzero-wasm", baseline: "skipzero-wasm-dense" },
      ],
    }],
  };
}
