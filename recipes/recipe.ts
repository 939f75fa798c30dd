/**
 * The recipe: what was claimed, and how to redo it. One YAML file per claim, format `skipzero.recipe/1`.
 *
 * Fractions (sparsity, metrics) are 0 to 1. What a file may leave out has its default filled in here.
 *
 * @module
 */

/** A checked recipe. */
export interface Recipe {
  /** Format of the file. */
  readonly format: "skipzero.recipe/1";
  /** `<model>-<pattern>-<dataset>`; the file's name without `.yaml`, and the id in results and charts. */
  readonly name: string;
  /** One line for people. */
  readonly title: string;
  /** What was published. */
  readonly claim: Claim;
  /** The network of the claim, at full size. Speed is always measured on it. */
  readonly model: Model;
  /** What is pruned, how far, and by what rule. */
  readonly sparsity: Sparsity;
  /** How the full-size network is raced. */
  readonly benchmark: Benchmark;
  /** How it is trained: in minutes on generated data, or as published. A recipe that only measures has none. */
  readonly profiles: Readonly<Partial<Record<ProfileName, Profile>>>;
  /** Why a profile is missing, in words for the user; present if and only if one is. */
  readonly missing?: string;
  /** When the claim counts as held. */
  readonly tolerances: Tolerances;
}

/** Names of the profiles. */
export type ProfileName = "quick" | "published";

/** How a published figure came about: the best of several runs, their mean, one run, or no one says. */
export type FigureKind = "max" | "mean" | "single" | "unstated";

/** Metrics of published figures, each a fraction: 75.3 % is 0.753, and a mean average precision of 22.85 is 0.2285. */
export type MetricName = "accuracy" | "f1" | "top1" | "mAP" | "auc" | "glue-average";

/** What was published, and where. */
export interface Claim {
  /** Title of the published document. */
  readonly document: string;
  /** The row or slide, quoted. */
  readonly row: string;
  /** Metric of the figures. */
  readonly metric: MetricName;
  /** Published figure of the dense model. */
  readonly dense: number;
  /** Published figure of the sparse model. */
  readonly sparse: number;
  /** What kind of figure the document quotes. */
  readonly kind: FigureKind;
  /** Mean and best over runs, where a primary source gives both. */
  readonly runs?: Readonly<Record<"dense" | "sparse", Readonly<Record<"mean" | "max", number>>>>;
  /** Other figures published for the same row; none of them is judged. */
  readonly alternatives?: readonly OtherFigures[];
  /** Speed-ups published for this network. */
  readonly speed?: readonly ClaimedSpeed[];
  /** Whether a public recipe was followed, partly followed, or had to be reconstructed. */
  readonly fidelity: "exact" | "partial" | "reconstructed";
  /** Primary sources; at least one. */
  readonly sources: readonly ClaimSource[];
  /** Traps and contradictions, shown in the report. */
  readonly notes: readonly string[];
}

/** Where a part of the claim was read. */
export interface ClaimSource {
  /** Public address. */
  readonly url: string;
  /** What this source says, quoted or in brief. */
  readonly says: string;
}

/** Figures that another public source gives for the same row. */
export interface OtherFigures {
  /** Public address. */
  readonly url: string;
  /** How they differ from the claim: another recipe, number type or round. */
  readonly says: string;
  /** Figure of the dense model; absent where the source gives none. */
  readonly dense?: number;
  /** Figure of the sparse model; absent where the source gives none. One of the two is there. */
  readonly sparse?: number;
  /** What kind of figure it is. */
  readonly kind: FigureKind;
}

/** A published speed-up and what it was measured on, so that it is compared with like only. */
export interface ClaimedSpeed {
  /** The sentence or row, quoted. */
  readonly row: string;
  /** Time of the dense model by time of the sparse one. */
  readonly ratio: number;
  /** How the document words it: `1.6x`, `over 10x`, `up to 4x`. */
  readonly bound: "about" | "over" | "up-to";
  /** What was measured, e.g. `MLPerf offline`. */
  readonly scenario: string;
  /** Number type of the sparse model. */
  readonly dtype: "f32" | "int8" | "unstated";
  /** What the sparse model was compared with, in words. */
  readonly baseline: string;
  /** Kind of processor. */
  readonly processor: "cpu" | "fpga" | "gpu";
  /** The machine, in words. */
  readonly hardware: string;
  /** Items per run, where the document says so. */
  readonly batch?: number;
  /** What else keeps it from being compared with this recipe's network, in words; absent = nothing. */
  readonly differs?: string;
}

/** The network of a claim: a BERT by its sizes, or any network of `models/` by its name. */
export type Model = BertModel | NetworkModel;

/** A network by its name. Whether there is one of that name is checked where networks are known. */
export interface NetworkModel {
  /** Tells it apart from a BERT by its sizes. */
  readonly architecture: "network";
  /** A name of `models/networks.ts`, such as `resnet50`. */
  readonly name: string;
}

/** Shape of a BERT, and where its first weights come from. */
export interface BertModel {
  /** The builder in `models/`. */
  readonly architecture: "bert";
  /** Short name, such as `bert-mini`. */
  readonly name: string;
  /** Encoder layers. */
  readonly layers: number;
  /** Width of the residual stream. */
  readonly hidden: number;
  /** Attention heads; they divide `hidden`. */
  readonly heads: number;
  /** Width of the feed-forward layer. */
  readonly intermediate: number;
  /** Token ids. */
  readonly vocabulary: number;
  /** Longest sequence that has position embeddings. */
  readonly positions: number;
  /** Output: classes of a sequence, or the ends of an answer span. */
  readonly head: "classification" | "span";
  /** Outputs of a classification head. */
  readonly classes: number;
  /** Where training starts. */
  readonly init: ModelInit;
}

/** Where the first weights come from: drawn at random, or a checkpoint. */
export type ModelInit = "scratch" | CheckpointFile;

/** A checkpoint in safetensors. */
export interface CheckpointFile {
  /** Path below `--data`, such as `bert-mini/model.safetensors`. */
  readonly file: string;
  /** Where it can be downloaded. */
  readonly url?: string;
  /** sha256 of the file, 64 hexadecimal digits. A download without one is refused. */
  readonly sha256?: string;
}

/** What is pruned, how far, and by what rule. */
export interface Sparsity {
  /** Pattern in the spelling of `core/pattern.ts`. */
  readonly pattern: string;
  /** Fraction of zeros in the pruned layers. */
  readonly target: number;
  /** Layers with a target of their own, where a claim sets them layer by layer; `target` is then the fraction over all. */
  readonly layers?: readonly LayerTarget[];
  /** One threshold over all pruned layers, or one per layer. */
  readonly scope: "global" | "layer";
  /** Most zeros that a global threshold may put into one layer. */
  readonly maxPerLayer: number;
  /** Score of a weight: `|W|`, `|W·G|`, or the running sum `S = 0.9·S + |W·G|`. Absent only where nothing is trained. */
  readonly criterion?: "magnitude" | "snip" | "snip_momentum";
  /** Score of a block from the scores of its weights. */
  readonly reduce: "mean" | "sum" | "max";
  /** How sparsity grows from 0 to the target. Absent only where nothing is trained. */
  readonly schedule?: "exp" | "linear" | "cos" | "cube" | "gmp_cubic" | "one_shot";
  /** A layer is pruned if its name contains one of these ... */
  readonly include: readonly string[];
  /** ... and none of these. */
  readonly exclude: readonly string[];
}

/** A layer's own share of zeros. */
export interface LayerTarget {
  /** A part of the layer's name. */
  readonly name: string;
  /** Fraction of zeros in it. */
  readonly target: number;
}

/** A rule to prune by, complete enough to train with. */
export type PruningRule = Sparsity & Required<Pick<Sparsity, "criterion" | "schedule">>;

/** How the full-size network is raced. */
export interface Benchmark {
  /** Tokens per sequence; absent for networks without sequences. */
  readonly sequence?: number;
  /** Sequences, images or samples per run, each a cell. */
  readonly batches: readonly number[];
  /** The batch size of the one-line verdict; one of `batches`. */
  readonly headline: number;
}

/** The training half of a recipe. */
export interface Profile {
  /** What differs from the full model while training. */
  readonly model?: Partial<BertModel>;
  /** What it is trained and judged on. */
  readonly dataset: DatasetChoice;
  /** Trainings with different seeds. */
  readonly seeds: number;
  /** Dense fine-tuning, which also makes the teacher. */
  readonly dense: Training;
  /** Pruning, starting from the dense model. */
  readonly prune: PruneTraining;
}

/** Which data set, and how much of it. */
export interface DatasetChoice {
  /** A published set, or a generated stand-in. */
  readonly name: "sst2" | "mrpc" | "synthetic-sentiment" | "synthetic-paraphrase";
  /** Longest sequence in tokens; longer ones are cut. */
  readonly sequence: number;
  /** Cap on training examples. */
  readonly trainExamples?: number;
  /** Cap on evaluation examples. */
  readonly devExamples?: number;
}

/** One training: AdamW and its settings. */
export interface Training {
  /** Passes over the training examples. */
  readonly epochs: number;
  /** Examples per step. */
  readonly batch: number;
  /** Peak learning rate. */
  readonly learningRate: number;
  /** How the rate goes on after the warm-up; `linear` and `cosine` end at 0. */
  readonly learningRateSchedule: "constant" | "linear" | "cosine";
  /** Steps in which the rate rises linearly from 0. */
  readonly warmupSteps: number;
  /** Decoupled weight decay; none on biases and layer normalisation. */
  readonly weightDecay: number;
  /** Decay of the two moments. */
  readonly betas: readonly [number, number];
  /** Added to the root of the second moment. */
  readonly epsilon: number;
  /** Global gradient norm above which gradients are scaled down; absent = no clipping. */
  readonly clipNorm?: number;
  /** Probability of dropping a hidden value or an attention weight. */
  readonly dropout: number;
}

/** A training that prunes as it goes. */
export interface PruneTraining extends Training {
  /** Epochs before the first pruning step. */
  readonly warmEpochs: number;
  /** Epochs after the last pruning step. */
  readonly cooldownEpochs: number;
  /** Training steps from one pruning step to the next. */
  readonly frequency: number;
  /** Losses against the dense model; absent = the task's loss alone. */
  readonly distillation?: Distillation;
  /** Coefficient alpha of the group lasso; absent = none. */
  readonly groupLasso?: number;
}

/** Weights of the losses while learning from the dense model. */
export interface Distillation {
  /** Weight of the mean squared error between last hidden states. */
  readonly hidden: number;
  /** Weight of the KL divergence between logits. */
  readonly logits: number;
  /** Temperature of the logits. */
  readonly temperature: number;
  /** Weight of the task's own loss. */
  readonly taskLoss: number;
}

/** When the claim counts as held. */
export interface Tolerances {
  /** How far the dense-sparse gap may be from the claimed one. */
  readonly accuracyGap: number;
  /** How far the sparse figure may be from the claimed one; judged on published data only. */
  readonly accuracy: number;
  /** Least speed-up over the fastest dense baseline at the headline batch. */
  readonly speedup: number;
}
