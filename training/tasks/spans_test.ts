import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { generateClicks, generateSpans } from "../../datasets/mod.ts";
import {
  bertConfigs,
  bertNetwork,
  dlrmConfig,
  type Graph,
  networkNamed,
  zeroParameters,
} from "../../models/mod.ts";
import { clickTask } from "./clicks.ts";
import { boxTask } from "./boxes.ts";
import { generateBoxes } from "../../datasets/mod.ts";
import { spanTask } from "./spans.ts";

const DATA = generateSpans({ sequence: 64, trainExamples: 40, devExamples: 20 });
const TASK = spanTask(DATA);
const TINY = { ...bertConfigs["bert-tiny"], vocabulary: DATA.vocabulary, positions: 64 };
const SHAPE = { batch: 1, sequence: 8 };

function graphOf(changes: Partial<typeof TINY>): Graph {
  return bertNetwork({ ...TINY, head: "span", ...changes }, 64).build(SHAPE, zeroParameters());
}

Deno.test("spanTask() gives windows of like length, padded to the longest of the batch", async () => {
  const batches = await Array.fromAsync(TASK.trainBatches({ size: 16, label: "a", from: 0 }));
  assertEquals(batches.length, Math.floor(DATA.train.count / 16));
  for (const { shape, inputs, lengths, windows, starts } of batches) {
    const sequence = shape.sequence!;
    assert(Math.max(...lengths) <= sequence && Math.max(...lengths) > sequence - 4);
    windows.forEach((window, row) => {
      const own = (name: string) =>
        Array.from(inputs[name]!.data.slice(row * sequence, (row + 1) * sequence), Number);
      const whole = [...DATA.train.inputIds.subarray(window * DATA.train.sequence)];
      assertEquals(own("input_ids").slice(0, lengths[row]), whole.slice(0, lengths[row]));
      assertEquals(own("attention_mask").reduce((sum, one) => sum + one, 0), lengths[row]);
      assertEquals(starts[row], DATA.train.starts[window]);
    });
  }
  const rest = await Array.fromAsync(TASK.trainBatches({ size: 16, label: "a", from: 1 }));
  assertEquals(rest, batches.slice(1));
  const other = await Array.fromAsync(TASK.trainBatches({ size: 16, label: "b", from: 0 }));
  assert(other[0]!.windows.join() !== batches[0]!.windows.join());
});

Deno.test("spanTask() has the mean loss of start and end", async () => {
  const [batch] = await Array.fromAsync(TASK.devBatches(2));
  const scores = new Float32Array(2 * batch!.shape.sequence!);
  const { value, gradients } = TASK.loss(batch!, { start_logits: scores, end_logits: scores });
  const each = [...batch!.lengths].map(Math.log);
  assertAlmostEquals(value, (each[0]! + each[1]!) / 2, 1e-5);
  const at = batch!.starts[0]!;
  assertAlmostEquals(gradients.start_logits![at]!, (1 / batch!.lengths[0]! - 1) / 4, 1e-6);
});

Deno.test("spanTask() distils positions and hidden states by their weights", () => {
  const weights = { taskLoss: 0, logits: 2, hidden: 3, attention: 0, temperature: 2 };
  const { values, loss } = TASK.distiller!(weights, graphOf({}));
  assertEquals(values, ["bert.encoder.layer.1.output.LayerNorm"]);
  const batch = {
    shape: { batch: 1, sequence: 2 },
    lengths: Int32Array.of(2),
    ...{ inputs: {}, windows: Int32Array.of(0), starts: Int32Array.of(0), ends: Int32Array.of(0) },
  };
  const logits = Float32Array.of(1, 0);
  const student = { start_logits: logits, end_logits: logits, [values[0]!]: Float32Array.of(1, 2) };
  const teacher = { ...student, [values[0]!]: Float32Array.of(1, 0) };
  const { value, gradients } = loss(batch, student, teacher);
  assertAlmostEquals(value, 3 * 4 / 2, 1e-6);
  assertEquals([...gradients[values[0]!]!], [0, 6]);
  const turned = loss(batch, student, { ...student, start_logits: Float32Array.of(0, 1) });
  // KL of softmax(1/2, 0) from softmax(0, 1/2), times 2² and half of the weight 2.
  const p = 1 / (1 + Math.exp(-0.5));
  assertAlmostEquals(turned.value, 4 * (2 * p - 1) * 0.5, 1e-5);
});

Deno.test("check() of tasks names what does not fit: outputs, words, positions, tables, images, classes", async () => {
  TASK.check(graphOf({}));
  const refuse = (run: () => void, words: string) => assertThrows(run, RangeError, words);
  refuse(() => TASK.check(graphOf({ head: "classification" })), "it gives logits");
  refuse(() => TASK.check(graphOf({ vocabulary: 20 })), "token ids, expected at most 20");
  refuse(() => TASK.check(graphOf({ positions: 16 })), "tokens a window, expected at most 16");
  const tableRows = dlrmConfig(2 ** 20).tableRows.map((rows) => rows + 1);
  const clicks = await clickTask(generateClicks({ tableRows, trainExamples: 2, devExamples: 2 }));
  const dlrm = networkNamed("dlrm").build({ batch: 1 }, zeroParameters());
  refuse(() => clicks.check(dlrm), "rows of table 5, expected at most 3");
  refuse(() => clicks.check(graphOf({})), "expected probabilities");
  const ssd = networkNamed("ssd-resnet34-300").build({ batch: 1 }, zeroParameters());
  const large = boxTask(generateBoxes({ side: 300, trainExamples: 1, devExamples: 1 }), ssd);
  refuse(() => large.check(ssd), "81 classes apart, the data set has 4");
  const small = boxTask(generateBoxes({ side: 96, trainExamples: 1, devExamples: 1 }), ssd);
  refuse(() => small.check(ssd), '[3,300,300] of each example as "images", expected [3,96,96]');
  refuse(() => boxTask(generateBoxes({ devExamples: 1 }), dlrm), "expected an SSD");
});
