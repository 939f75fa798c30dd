import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { speedupSpec } from "./charts/speedup.ts";
import type { Layout } from "./charts/theme.ts";
import { trainingSpec } from "./charts/training.ts";
import { draw } from "./drawing.ts";
import { sampleResult } from "./sample_result.ts";

const { comparisons, training } = sampleResult();
const spec = (layout: Layout): ReturnType<typeof speedupSpec> => speedupSpec(comparisons, layout);

Deno.test("draw() draws both layouts, each a labelled image", async () => {
  const { svg } = await draw(spec, "speed-ups <b>");
  const openings = [...svg.matchAll(/<svg[^>]*>/g)].map(([opening]) => opening);
  assertEquals(openings.map((opening) => /class="(\w+)"/.exec(opening)![1]), ["wide", "narrow"]);
  assertEquals(openings.map((opening) => /width="(\d+)"/.exec(opening)![1]), ["700", "350"]);
  for (const opening of openings) {
    assertStringIncludes(opening, 'role="img" aria-label="speed-ups &lt;b&gt;"');
  }
});

Deno.test("draw() gives the same bytes however many charts were drawn before", async () => {
  const first = await draw(spec, "a");
  await draw((layout) => trainingSpec(training!.log, "loss", layout), "b");
  assertEquals(await draw(spec, "a"), first);
});

Deno.test("draw() leaves no ids, references, styles, scripts or roles that a page could stumble over", async () => {
  const charts = [spec, (layout: Layout) => trainingSpec(training!.log, "metric", layout)];
  for (const chart of charts) {
    const { svg } = await draw(chart, "a");
    const inside = svg.replaceAll(/<svg[^>]*>/g, "");
    assert(!/ (id|class|style|role|href|aria-\w+)=|url\(|<(style|script|image|a)\b/.test(inside));
  }
});

Deno.test("draw() says each figure when pointed at, whatever it is named", async () => {
  const hostile = { ...comparisons[0]!, subject: "</title><script>alert(1)</script>" };
  const { svg } = await draw((layout) => speedupSpec([hostile], layout), "a");
  assert(!svg.includes("<script"));
  assertStringIncludes(svg, "<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt; against");
});

Deno.test("draw() colours by variables of the page", async () => {
  const { svg } = await draw(spec, "a");
  const colours = new Set([...svg.matchAll(/(?:fill|stroke)="([^"]*)"/g)].map(([, one]) => one!));
  for (const colour of colours) {
    assert(colour === "none" || colour === "transparent" || colour.startsWith("var(--"), colour);
  }
});
