/**
 * Types of a recipe's networks: which one, where its weights come from, and which activations it keeps.
 *
 * @module
 */

/** A network: a BERT by its sizes, or any network of `models/` by its name. */
export type Model = BertModel | NetworkModel;

/** A network by its name. Whether there is one of that name is checked where networks are known. */
export interface NetworkModel {
  /** Tells it apart from a BERT by its sizes. */
  readonly architecture: "network";
  /** A name of `models/`: `resnet50`, or a scaled one such as `resnet-scaled`. */
  readonly name: string;
  /** Where training starts; absent = drawn at random. */
  readonly init?: ModelInit;
  /** Layers that keep their largest activations only; absent = the activations are as the network has them. */
  readonly kWinners?: KWinners;
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

/** What differs from the full model while training; those of a BERT are its sizes, those of another network its name. */
export type ModelChange =
  & Partial<Omit<BertModel, "architecture">>
  & Pick<NetworkChange, "kWinners">;

/** What differs from a network by its name. */
export type NetworkChange = Partial<Omit<NetworkModel, "architecture">>;

/** Where the first weights come from: drawn at random, or a checkpoint. */
export type ModelInit = "scratch" | CheckpointFile;

/** A checkpoint: safetensors, or a PyTorch file. */
export interface CheckpointFile {
  /** Path below `--data`, such as `bert-mini/model.safetensors`. */
  readonly file: string;
  /** Where it can be downloaded. */
  readonly url?: string;
  /** sha256 of the file, 64 hexadecimal digits. A download without one is refused. */
  readonly sha256?: string;
}

/**
 * k-winners-take-all: in place of the ReLU after a layer, only the k largest of its outputs stay (Ahmad and Scheinkman 2019).
 *
 * Which are the largest is decided on x·exp(−boost·duty), where duty is how often a unit has won of late; what stays is x itself.
 */
export interface KWinners {
  /** Fraction of the outputs of a layer that stay, by the layer's name without `.module`, such as `cnn1` or `linear`. */
  readonly percentOn: Readonly<Record<string, number>>;
  /** Strength of the boost at the start; 0 = none. */
  readonly boostStrength: number;
  /** What the strength is multiplied by after each epoch. */
  readonly boostStrengthFactor: number;
  /** What k is multiplied by when the network is evaluated. */
  readonly kInferenceFactor: number;
  /** Most examples that duty cycles are averaged over. */
  readonly dutyCyclePeriod: number;
  /** Whether winners are chosen among the channels of each place of a map; else among all places and channels. */
  readonly local: boolean;
}
