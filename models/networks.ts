/**
 * Every network of the source documents at full size, by name.
 *
 * @module
 */
import { didYouMean, type TensorOf } from "../core/mod.ts";
import { buildBert } from "./bert.ts";
import { type BertConfig, bertConfigs, type BertName, bertParameterShapes } from "./bert_config.ts";
import { buildCifarResNet, cifarResNetConfigs } from "./cifar_resnet.ts";
import { buildDlrm, buildDlrmMlp } from "./dlrm.ts";
import { describeCaps, dlrmConfig } from "./dlrm_config.ts";
import type { Graph } from "./graph.ts";
import { buildNumentaCnn, numentaCnnConfigs } from "./numenta_cnn.ts";
import type { ParameterSource, Start } from "./parameter_source.ts";
import { buildResNet, resNetConfigs } from "./resnet.ts";
import { buildSsd } from "./ssd.ts";
import {
  scaledCifarResNets,
  scaledDlrms,
  scaledNumentaCnns,
  scaledResNets,
  scaledSsds,
} from "./scaled_networks.ts";
import { ssdConfigs } from "./ssd_config.ts";
import { widthConfig, WIDTHS } from "./width_family.ts";

/** How much a network is to take at once. */
export interface NetworkShape {
  /** Sequences, images or samples. */
  readonly batch: number;
  /** Tokens of a sequence; the network's own unless given. Networks without sequences ignore it. */
  readonly sequence?: number;
}

/** A network of the source documents. */
export interface Network {
  /** Name, e.g. `resnet50`. */
  readonly name: string;
  /** What one item of a batch is. */
  readonly item: "sequence" | "image" | "sample";
  /** Tokens of a sequence as the claims have it; `null` if there are none. */
  readonly sequence: number | null;
  /** What differs from the network as published, in words for a result. */
  readonly deviations: readonly string[];
  /**
   * Builds the graph. Fresh weights from a fixed seed unless a source is given.
   *
   * @throws {RangeError} If sizes do not fit.
   */
  build(shape: NetworkShape, parameters?: ParameterSource): Graph;
}

function network(
  name: string,
  item: "image" | "sample",
  build: Network["build"],
  deviations: readonly string[] = [],
): Network {
  return { name, item, sequence: null, deviations, build };
}

/** A BERT of any sizes; takes sequences of `tokens` unless told otherwise. */
export function bertNetwork(config: BertConfig, tokens: number): Network {
  return {
    name: config.name,
    item: "sequence",
    sequence: tokens,
    deviations: [],
    build: ({ batch, sequence = tokens }, parameters) =>
      buildBert(config, { batch, sequence }, parameters && bertParameters(config, parameters)),
  };
}

function bert(
  size: BertName,
  head: BertConfig["head"],
  tokens: number,
  name: string = size,
): Network {
  return bertNetwork({ ...bertConfigs[size], name, head }, tokens);
}

/** A published size under its own name with the head of its claims, and with the other head under a name that says so. */
function bertPair(size: BertName, own: BertConfig["head"]): readonly Network[] {
  const tokens = { classification: 128, span: 384 }; // as GLUE and SQuAD are cut
  const other = own === "span" ? "classification" : "span";
  return [bert(size, own, tokens[own]), bert(size, other, tokens[other], `${size}-${other}`)];
}

function bertParameters(
  config: BertConfig,
  parameters: ParameterSource,
): Map<string, TensorOf<"float32">> {
  const shapes = [...bertParameterShapes(config)];
  return new Map(shapes.map(([name, shape]) => [name, parameters(name, shape, bertStart(name))]));
}

function bertStart(name: string): Start {
  if (name.endsWith("LayerNorm.weight")) return { kind: "constant", value: 1 };
  if (name.endsWith(".bias")) return { kind: "constant", value: 0 };
  return { kind: "normal", deviation: 0.02 };
}

/** All networks. `bert-large` answers questions, as its claims do, the other sizes classify; each has a twin with the other head. */
export const NETWORKS: readonly Network[] = [
  ...bertPair("bert-tiny", "classification"),
  ...bertPair("bert-mini", "classification"),
  ...bertPair("bert-base", "classification"),
  ...bertPair("bert-large", "span"),
  ...Object.values(resNetConfigs).map((config) =>
    network(config.name, "image", (shape, source) => buildResNet(config, shape, source))
  ),
  ...Object.values(ssdConfigs).map((config) =>
    network(config.name, "image", (shape, source) => buildSsd(config, shape, source))
  ),
  network(
    "dlrm",
    "sample",
    (shape, source) => buildDlrm(dlrmConfig(), shape, source),
    describeCaps(dlrmConfig()),
  ),
  network("dlrm-mlp", "sample", (shape, source) => buildDlrmMlp(dlrmConfig(), shape, source)),
  ...numentaCnnConfigs.map((config) =>
    network(config.name, "image", (shape, source) => buildNumentaCnn(config, shape, source))
  ),
  ...Object.values(cifarResNetConfigs).map((config) =>
    network(config.name, "image", (shape, source) => buildCifarResNet(config, shape, source))
  ),
];

/** Networks of our own experiments, which no document names. */
const FAMILY: readonly Network[] = WIDTHS.map(widthConfig).map((config) =>
  network(config.name, "image", (shape, source) => buildNumentaCnn(config, shape, source))
);

/** Small relatives of {@linkcode NETWORKS} to train in minutes. Their names end in `-scaled`; no claim is about them. */
export const SCALED_NETWORKS: readonly Network[] = [
  ...scaledResNets.map((config) =>
    network(config.name, "image", (shape, source) => buildResNet(config, shape, source))
  ),
  ...scaledCifarResNets.map((config) =>
    network(config.name, "image", (shape, source) => buildCifarResNet(config, shape, source))
  ),
  ...scaledSsds.map((config) =>
    network(config.name, "image", (shape, source) => buildSsd(config, shape, source))
  ),
  ...scaledDlrms.map((config) =>
    network(config.name, "sample", (shape, source) => buildDlrm(config, shape, source))
  ),
  ...scaledNumentaCnns.map((config) =>
    network(config.name, "image", (shape, source) => buildNumentaCnn(config, shape, source))
  ),
];

/**
 * A network by its name: one of {@linkcode NETWORKS}, of {@linkcode SCALED_NETWORKS}, or of the family of widths, e.g. `mnist-cnn-width-2`.
 *
 * @throws {RangeError} If there is none of that name; suggests the nearest.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parameterCount, zeroParameters } from "./mod.ts";
 * const graph = networkNamed("resnet50").build({ batch: 1 }, zeroParameters());
 * assertEquals(parameterCount(graph), 25_557_032);
 * ```
 */
export function networkNamed(name: string): Network {
  const all = [...NETWORKS, ...SCALED_NETWORKS, ...FAMILY];
  const found = all.find((network) => network.name === name);
  if (found === undefined) {
    const names = all.map(({ name }) => name);
    const near = didYouMean(name, names);
    const wanted = near === null ? `one of ${names.join(", ")}` : `"${near}"`;
    throw new RangeError(`Cannot find network "${name}": no such name, expected ${wanted}`);
  }
  return found;
}
