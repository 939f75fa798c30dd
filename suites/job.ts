/**
 * What one measuring process is asked, and what it answers.
 *
 * @module
 */
import type { LayerDispatch, Profile, SessionFacts } from "../engines/mod.ts";
import type { Rows } from "./agreement.ts";
import type { LayerPreparation } from "./field.ts";
import type { LayerSpec } from "./layer_spec.ts";
import type { NetworkSpec } from "./network.ts";
import type { Peaks } from "./peaks.ts";
import type { TrainingSpec } from "./training_spec.ts";
import type { Plan, Round } from "./protocol.ts";

/** A pair whose ratio is wanted. */
export interface Pair {
  /** Who should be faster. */
  readonly subject: string;
  /** Than whom. */
  readonly baseline: string;
  /** Ratio that is aimed at. */
  readonly goal?: number;
}

/** What is timed. */
export type Work =
  | {
    /** A network, by engines. */
    readonly kind: "network";
    /** Which network. */
    readonly network: NetworkSpec;
    /** Sequences, images or samples of a run. */
    readonly batch: number;
  }
  | {
    /** A layer, or a chain of such layers, by kernels and engines. */
    readonly kind: "layer";
    /** Which layer. */
    readonly layer: LayerSpec;
  }
  | {
    /** A step of training, by our kernels and tfjs. */
    readonly kind: "training";
    /** What is trained. */
    readonly training: TrainingSpec;
  }
  | {
    /** Arithmetic in a loop of known length: measures the measuring. Contestants are named by their iterations. */
    readonly kind: "loop";
  };

/** One process's share of a cell: some engines raced against each other. */
export interface RaceJob {
  /** Tells jobs apart. */
  readonly kind: "race";
  /** Id of the cell, for messages. */
  readonly cell: string;
  /** What is timed. */
  readonly work: Work;
  /** Who is timed: engine ids, or `loop <iterations>`. The first that works also runs as its own twin. */
  readonly contestants: readonly string[];
  /** Ratios whose intervals end the sampling. */
  readonly pairs: readonly Pair[];
  /** Threads of every engine. */
  readonly threads: number;
  /** When to stop. */
  readonly plan: Plan;
  /** Decides the order of turns. */
  readonly seed: string;
  /**
   * Outputs that the reference expects of the first two check examples; `null` if it computed none, as for loops and for networks
   * that are too large for it.
   */
  readonly expected: readonly Rows[] | null;
  /** Whether our engines tell how long each layer takes, after the race. */
  readonly profilesLayers?: boolean;
}

/** Computes what engines must agree with: the reference's outputs for the first two check examples. */
export interface ReferenceJob {
  /** Tells jobs apart. */
  readonly kind: "reference";
  /** Which network. */
  readonly network: NetworkSpec;
}

/** What one process is asked. */
export type Job = RaceJob | ReferenceJob;

/** How loading and checking a contestant went. */
export interface Entrant {
  /** Tells lines apart. */
  readonly is: "entrant";
  /** Engine id, or `loop <iterations>`. */
  readonly id: string;
  /** Version and backend. */
  readonly detail: string;
  /** Milliseconds from graph to ready. */
  readonly loadMs: number;
  /** Memory of a network and the parts of loading it; our own engines only. */
  readonly session?: SessionFacts;
  /** Largest difference from the outputs that it was checked against; `null` if there were none. */
  readonly maxError: number | null;
  /** Whose outputs they were compared with; `null` if nobody's were there. */
  readonly checkedAgainst: string | null;
  /** Which kernel runs each layer. */
  readonly dispatch: readonly LayerDispatch[];
  /** Multiply-accumulates of the graph if nothing is skipped. */
  readonly macs: number;
  /** What packing and emitting cost, and the traffic of a run; our own layers only. */
  readonly preparation?: LayerPreparation;
  /** Whether it is timed, is not there on this machine, or is there and failed: refused the network, or was wrong. */
  readonly state: "ready" | "absent" | "failed";
  /** Why it is not timed, or `null`. */
  readonly skipped: string | null;
}

/** A line of a process's answer. */
export type Line =
  | Entrant
  | { readonly is: "round"; readonly round: Round }
  | { readonly is: "peaks"; readonly peaks: Peaks }
  | { readonly is: "profile"; readonly id: string; readonly profile: Profile }
  | { readonly is: "reference"; readonly expected: readonly Rows[] };

/** Whether an engine is our own; only those tell which kernel ran each layer. */
export function isOurs(id: string): boolean {
  return id.startsWith("skipzero-");
}
