/**
 * The two products of attention, activation times activation, one head and one panel of queries a call.
 *
 * Idea: the loop of `spmm` with the other activation as the weights. Lanes are queries throughout, so scores come out
 * as `[key][query]`, softmax runs down the rows, and the context comes out as `[feature][query]` where the next layer
 * wants it; nothing is ever transposed. The "weight" of one step is a single float of K or V, broadcast:
 *
 * - scores:  `y[j][i] = scale * Σ_d K[d][j] * Q[d][i] + bias[j]`: the R rows are keys, neighbouring lanes of K;
 * - context: `y[d][i] = Σ_j V[d][j] * P[j][i]`: the R rows are features, a panel row apart in V.
 *
 * Keys cross panels: key j is lane `j % P` of panel `j / P` of K and V. Numbers of keys and features are free: rows that
 * fill no block of R are computed one at a time.
 *
 * Cost: keys * features multiply-adds a lane, (R + V) / (R * V) loads each. Limits: multiply-add units; single rows are
 * bound by loads.
 *
 * @module
 */
import type { Target } from "../machine.ts";
import {
  CONTEXT_SLOTS,
  emitContext,
  emitScores,
  productShape,
  SCORES_SLOTS,
} from "./attention_code.ts";
import { defineOp, type Op } from "./op.ts";
import { PANEL_LANES, rowBytes, widthName } from "./panel.ts";

/** Which `attentionScores` kernel. */
export interface AttentionScoresOptions {
  /** Instruction set. */
  readonly target: Target;
  /** Factor of the sums, usually `1 / √features`. */
  readonly scale: number;
  /** Width P of the panels; default {@linkcode PANEL_LANES}. */
  readonly panelLanes?: number;
  /** Lanes to compute, from those that the addresses point at on, a multiple of 16; default all of a panel. */
  readonly lanes?: number;
}

/** What one call of `attentionScores` works on; addresses and strides in bytes. */
export interface AttentionScoresArguments {
  /** Row of the head's first feature in the first panel of keys. */
  readonly keys: number;
  /** From one panel of keys to the next. */
  readonly keyPanelStride: number;
  /** Row of the head's first feature in the panel of queries. */
  readonly queries: number;
  /** `keyCount` float32 added to the scores of each key, e.g. a mask of 0 and -10000. */
  readonly bias: number;
  /** Scores, `[keyCount][P]`; overwritten. */
  readonly scores: number;
  /** Keys, at least 1. */
  readonly keyCount: number;
  /** Features of the head. */
  readonly features: number;
}

/** `scores = scale * Kᵀ · Q + bias`. */
export function attentionScores(options: AttentionScoresOptions): Op<AttentionScoresArguments> {
  const { target, scale, panelLanes = PANEL_LANES, lanes = panelLanes } = options;
  const shape = productShape(target, panelLanes, lanes);
  const { rows } = shape.tile;
  return defineOp({
    id: `attention_scores_f32_${target}_${scale}_${widthName(panelLanes, lanes)}`,
    slots: SCORES_SLOTS,
    derive: ({ keyCount, keyPanelStride, ...named }) => ({
      ...named,
      panelSkip: Math.max(0, keyPanelStride - rowBytes(panelLanes)),
      fullPanels: Math.floor(keyCount / panelLanes),
      restBlocks: Math.floor(keyCount % panelLanes / rows),
      restRows: keyCount % panelLanes % rows,
    }),
    emit: (machine, argument) => emitScores(machine, argument, shape, scale),
  });
}

/** Which `attentionContext` kernel. */
export interface AttentionContextOptions {
  /** Instruction set. */
  readonly target: Target;
  /** Width P of the panels; default {@linkcode PANEL_LANES}. */
  readonly panelLanes?: number;
  /** Lanes to compute, from those that the addresses point at on, a multiple of 16; default all of a panel. */
  readonly lanes?: number;
}

/** What one call of `attentionContext` works on; addresses and strides in bytes. */
export interface AttentionContextArguments {
  /** Row of the head's first feature in the first panel of values (the V of attention). */
  readonly values: number;
  /** From one panel of values to the next. */
  readonly valuePanelStride: number;
  /** Probabilities, `[keyCount][P]`. */
  readonly probabilities: number;
  /** Row of the head's first feature in the panel of the context; overwritten. */
  readonly context: number;
  /** Keys, at least 1. */
  readonly keyCount: number;
  /** Features of the head. */
  readonly features: number;
}

/** `context = V · probabilities`. */
export function attentionContext(options: AttentionContextOptions): Op<AttentionContextArguments> {
  const { target, panelLanes = PANEL_LANES, lanes = panelLanes } = options;
  const shape = productShape(target, panelLanes, lanes);
  const { rows } = shape.tile;
  return defineOp({
    id: `attention_context_f32_${target}_${widthName(panelLanes, lanes)}`,
    slots: CONTEXT_SLOTS,
    derive: ({ keyCount, features, valuePanelStride, ...named }) => ({
      ...named,
      panelSkip: Math.max(0, valuePanelStride - rowBytes(panelLanes)),
      fullPanels: Math.floor(keyCount / panelLanes),
      restKeys: keyCount % panelLanes,
      rowBlocks: Math.floor(features / rows),
      restRows: features % rows,
    }),
    emit: (machine, argument) => emitContext(machine, argument, shape),
  });
}
