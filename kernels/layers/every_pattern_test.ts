/** Every pattern that has a name, through packing and the panel kernel, against the reference. */
import { assert, assertEquals } from "@std/assert";
import {
  createRandom,
  maskOf,
  parsePattern,
  PATTERN_FORMS,
  periodOf,
  proveMask,
} from "../../core/mod.ts";
import { kernelSupport, openBackend } from "../open.ts";
import { randomWeights, referenceLinear } from "../reference/mod.ts";
import { preparePanel } from "./panel_layer.ts";

const LANES = 37;

for (const target of kernelSupport().targets) {
  Deno.test(`preparePanel() agrees with the reference for every named pattern on ${target}`, async () => {
    const random = createRandom(`every pattern ${target}`);
    for (const { example } of PATTERN_FORMS) {
      const pattern = parsePattern(example);
      const period = periodOf(pattern);
      // One size that divides by the pattern, and one that cuts its blocks and partitions off.
      for (const [rows, cols] of [[2 * period.rows, 2 * period.cols], [19, 29]] as const) {
        const weights = randomWeights(random, rows, cols, pattern);
        if (rows === 2 * period.rows) {
          assertEquals(proveMask(maskOf(weights, rows, cols), pattern).violation, null, example);
        }
        using backend = openBackend({ target, arenaBytes: 1 << 20 });
        const layer = preparePanel(backend, { weights, rows, cols, pattern, lanes: LANES });
        using program = backend.build(layer.steps);
        const tokens = Float32Array.from({ length: LANES * cols }, () => random.normal());
        layer.writeInput(tokens);
        await program.run();
        const x = Float32Array.from(
          tokens,
          (_, i) => tokens[(i % LANES) * cols + Math.floor(i / LANES)]!,
        );
        const bias = new Float32Array(rows);
        const options = { bias, residual: null, post: "none" } as const;
        const wanted = referenceLinear({ weights, rows, cols, lanes: LANES, x, ...options });
        layer.readOutput().forEach((y, i) => {
          const place = (i % rows) * LANES + Math.floor(i / rows);
          assert(Math.abs(y - wanted[place]!) < 1e-4, `${example}: output ${i}`);
        });
      }
    }
  });
}
