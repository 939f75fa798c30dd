/**
 * Clears what lies in front of and behind the pixels of each channel of planes, in memory that held something else.
 *
 * Idea: kernels that write planes clear the cells between the rows themselves; what is left are two runs of whole vectors.
 *
 * Cost: a store a vector. Limits: stores, most of them one or two for each channel.
 *
 * @module
 */
import type { Scalar, Target } from "../machine.ts";
import { defineOp, type Op } from "./op.ts";
import { LANES } from "./tile.ts";

/** What one call of `clearPads` works on. Addresses and strides are bytes. */
export interface ClearPadsArguments {
  /** First cell of the first channel; 64-byte aligned. */
  readonly x: number;
  /** From one channel to the next. */
  readonly channelBytes: number;
  /** Channels. */
  readonly channels: number;
  /** Cells cleared at the start of each channel, a multiple of 16. */
  readonly front: number;
  /** Cells from the start of a channel to the second run, a multiple of the target's lanes. */
  readonly behind: number;
  /** Cells from the start of a channel to the end of the second run, a multiple of 16. */
  readonly end: number;
}

/** The `clearPads` kernel. */
export function clearPads({ target }: { readonly target: Target }): Op<ClearPadsArguments> {
  const lanes = LANES[target];
  return defineOp({
    id: `clear_pads_f32_${target}`,
    slots: ["x", "channelBytes", "channels", "front", "behind", "back"],
    derive: ({ x, channelBytes, channels, front, behind, end }: ClearPadsArguments) => ({
      x,
      channelBytes,
      channels,
      front: front / lanes,
      behind: 4 * behind,
      back: (end - behind) / lanes,
    }),
    emit: (machine, argument) => {
      const [x, channelBytes] = [argument("x"), argument("channelBytes")];
      const [front, behind, back] = [argument("front"), argument("behind"), argument("back")];
      const zero = machine.vector();
      machine.zero(zero);
      machine.repeat(argument("channels"), () => {
        const at = machine.scalar();
        const clear = (count: Scalar): void =>
          machine.repeat(count, () => {
            machine.store({ base: at }, zero);
            machine.increase(at, 4 * lanes);
          });
        machine.move(at, x);
        clear(front);
        machine.move(at, x);
        machine.increase(at, behind);
        clear(back);
        machine.increase(x, channelBytes);
      });
    },
  });
}
