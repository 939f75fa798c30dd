import { assertAlmostEquals, assertEquals } from "@std/assert";
import { openTraining } from "../engines/tfjs/mod.ts";
import { architecturesOf } from "./architecture.ts";
import { trainingBatches } from "./batches.ts";
import { askOf } from "./evaluate.ts";
import { createNetwork, outlineOf } from "./network.ts";
import { createTeacher } from "./teacher.ts";
import { textDistiller } from "./tasks/text_distiller.ts";
import { tokensOf } from "./tasks/text.ts";
import { tinyDataset, tinyRecipe } from "./tiny_data.ts";

const WEIGHTS = { hidden: 1, logits: 1, attention: 0, temperature: 1, taskLoss: 0 } as const;

Deno.test("createTeacher() says the same from memory and when asked each time", async () => {
  const { train } = tinyDataset(80, 1);
  const { architecture, draw } = architecturesOf(tinyRecipe(), "quick").sparse;
  const parameters = draw("seed 1 weights");
  const distiller = textDistiller(train, WEIGHTS, outlineOf(architecture));
  const [hidden] = distiller.values as [string];
  using machine = await openTraining();
  using network = createNetwork(machine, architecture, parameters, { keep: [hidden] });
  const ask = askOf(network);
  using teacher = createTeacher({ machine, architecture }, parameters, distiller, 0);
  for (const batch of trainingBatches(train.lengths, 8, "a")) {
    const tokens = tokensOf(train, batch);
    const [said, wanted] = [teacher.answers(tokens), ask(tokens)];
    said.logits!.forEach((value, i) => assertAlmostEquals(value, wanted.logits![i]!, 1e-5));
    const width = wanted[hidden]!.length / (8 * batch.sequence);
    tokens.lengths.forEach((length, row) => {
      const start = row * batch.sequence * width;
      for (let i = start; i < start + length * width; i++) {
        assertAlmostEquals(said[hidden]![i]!, wanted[hidden]![i]!, 1e-5);
      }
    });
  }
});

Deno.test("textDistiller() remembers nothing that does not fit, or whose attention is compared", () => {
  const { train } = tinyDataset(80, 1);
  const graph = outlineOf(architecturesOf(tinyRecipe(), "quick").sparse.architecture);
  const said = (hidden: string) => () => ({
    logits: new Float32Array(32 * 2),
    [hidden]: new Float32Array(32 * 16 * 16),
  });
  const small = textDistiller(train, WEIGHTS, graph, 1000);
  assertEquals(small.remember!(said(small.values[0]!)), null);
  const attentive = textDistiller(train, { ...WEIGHTS, attention: 1 }, graph);
  assertEquals(attentive.values.length, 2);
  assertEquals(attentive.remember!(said(attentive.values[0]!)), null);
});
