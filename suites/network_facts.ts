/**
 * What results keep of networks beside their times: sizes, which layers are pruned, what was published.
 *
 * @module
 */
import { hashOf, median } from "../core/mod.ts";
import type {
  Comparison,
  MachinePeaks,
  NetworkFacts,
  NetworkLayers,
  PublishedAccuracy,
} from "../results/mod.ts";
import type { Entrant } from "./job.ts";
import { networkName, openNetwork } from "./network.ts";
import { hollowNetwork, selectLayers } from "./network_layers.ts";
import { networkRoofline } from "./network_roofline.ts";
import { productTraffic } from "./network_traffic.ts";
import type { Round } from "./protocol.ts";
import type { Cell } from "./suite.ts";

/** The network of a cell, as measurements keep it; nothing for other cells. */
export function networkFactsOf({ work }: Cell): { readonly network?: NetworkFacts } {
  if (work.kind !== "network") return {};
  const { network, batch } = work;
  const { pattern, sparsity, sequence } = network;
  const { item } = openNetwork(network);
  return { network: { name: networkName(network), pattern, sparsity, item, batch, sequence } };
}

/** Pruned and dense layers of every network that was timed, each once. */
export function networkLayersOf(cells: readonly Cell[]): NetworkLayers[] {
  const networks = cells.flatMap(({ work }) => work.kind === "network" ? [work.network] : []);
  const distinct = new Map(networks.map((network) => {
    const { seed: _, weights: __, sequence: ___, ...layers } = network;
    return [hashOf(layers), network];
  }));
  return [...distinct.values()].map((network) => {
    const { pruned, skipped } = selectLayers(network);
    return {
      network: networkName(network),
      pattern: network.pattern,
      sparsity: network.sparsity,
      pruned: pruned.map(({ layer, rows, cols, sparsity }) => ({ layer, rows, cols, sparsity })),
      skipped,
    };
  });
}

/** Published accuracies of the cells' networks. */
export function publishedOf(cells: readonly Cell[]): PublishedAccuracy[] {
  const rows = cells.flatMap(({ name, published = [] }) =>
    published.map((figures) => ({ cell: name, ...figures }))
  );
  return [...new Map(rows.map((row) => [`${row.cell} ${row.recipe}`, row])).values()];
}

/** What bounds the subject of a comparison, if it is ours and the peaks were measured. */
export function rooflineOf(
  { work, threads }: Cell,
  subject: Entrant | undefined,
  rounds: readonly Round[],
  peaks: readonly MachinePeaks[],
): Pick<Comparison, "roofline"> {
  const own = peaks.find((one) =>
    one.threads === threads && subject?.detail.split(" ").includes(one.target)
  );
  const times = rounds.flatMap((round) => round[subject?.id ?? ""]?.ns ?? []);
  if (work.kind !== "network" || !subject || !own || times.length === 0) return {};
  const { dispatch, id } = subject;
  return {
    roofline: networkRoofline({
      products: productTraffic(hollowNetwork(work.network, work.batch)),
      // A dense engine multiplies the zeros too.
      dispatch: id.endsWith("-dense") ? [] : dispatch,
      peaks: own,
      measuredNs: median(times),
    }),
  };
}
