/**
 * What a job's contestants have in common: how each gets ready, and how its outputs are checked.
 *
 * @module
 */
import type { Availability, LayerDispatch, Profile, SessionFacts } from "../engines/mod.ts";
import type { Agreement } from "./agreement.ts";
import type { Contestant } from "./protocol.ts";
import type { Preparation } from "./layer_program.ts";

/** A contestant that is loaded. */
export interface Runner extends AsyncDisposable, Pick<Contestant, "run"> {
  /** Which kernel runs each layer; empty where it does not tell. */
  readonly dispatch: readonly LayerDispatch[];
  /** Milliseconds until it was ready. */
  readonly loadMs: number;
  /** Memory of a network and the parts of loading it, where the engine tells. */
  readonly session?: SessionFacts;
  /** What packing and emitting cost, where it is one layer after the other and no network. */
  readonly preparation?: LayerPreparation;
  /** Compares outputs with what they should be. */
  check(): Promise<Agreement>;
  /** Times every layer of a network; absent where the engine cannot. */
  profile?(): Promise<Profile>;
}

/** Costs and traffic of our own layers. */
export interface LayerPreparation extends Preparation {
  /** Instruction set of the kernels. */
  readonly target: string;
  /** Family of the kernels. */
  readonly family: string;
  /** Multiply-adds that kernels execute in one run: padding and stored zeros included. */
  readonly executedMacs: number;
  /** Bytes of weights, offsets and counts that one run reads. */
  readonly weightBytes: number;
  /** Bytes of activations that one run reads and writes. */
  readonly activationBytes: number;
  /** Most that the processor can do with values of this type here, GFLOP/s or GOP/s; `null` if it was not measured. */
  readonly peak: number | null;
}

/** What all contestants of a job are given. */
export interface Field {
  /** Multiply-accumulates of one run if nothing is skipped. */
  readonly macs: number;
  /** Contestant that the others are checked against, so it comes first; `null` if all are checked against a reference. */
  readonly leader: string | null;
  /** Whether a contestant is there on this machine; `null` if nobody knows it. */
  probe(id: string): Promise<Availability | null>;
  /** Gets a contestant ready. */
  load(id: string): Promise<Runner>;
}
