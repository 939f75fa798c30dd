import { assertAlmostEquals } from "@std/assert";
import { createRandom } from "../core/mod.ts";
import { openTraining } from "../engines/tfjs/mod.ts";
import { initialiseBert } from "../models/mod.ts";
import { tokensOf, trainingBatches } from "./batches.ts";
import { createNetwork } from "./network.ts";
import { configOf } from "./config.ts";
import { createTeacher } from "./teacher.ts";
import { tinyDataset, tinyRecipe } from "./tiny_data.ts";

Deno.test("createTeacher() says the same from memory and when asked each time", async () => {
  const dataset = tinyDataset(80, 1);
  const config = configOf(tinyRecipe(), "quick", dataset);
  using machine = await openTraining();
  using network = createNetwork(machine, config, initialiseBert(config, createRandom(1)));
  const remembering = createTeacher(network, dataset.train);
  const asking = createTeacher(network, dataset.train, 0);
  for (const batch of trainingBatches(dataset.train.lengths, 8, "a")) {
    const tokens = tokensOf(dataset.train, batch);
    const [said, wanted] = [remembering.targets(batch, tokens), asking.targets(batch, tokens)];
    said.logits.forEach((value, i) => assertAlmostEquals(value, wanted.logits[i]!, 1e-5));
    const { hidden } = config;
    tokens.lengths.forEach((length, row) => {
      const start = row * tokens.sequence * hidden;
      for (let i = start; i < start + length * hidden; i++) {
        assertAlmostEquals(said.hidden[i]!, wanted.hidden[i]!, 1e-5);
      }
    });
  }
});
