import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { cleanSvg, escapeXml } from "./clean_svg.ts";

const OPTIONS = { className: "wide", label: "a chart" };

/** As Vega writes it. */
function svg(content: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" version="1.1" ` +
    `class="marks" width="460" height="68" viewBox="0 0 460 68">${content}</svg>`;
}

/** What stands inside the cleaned picture. */
function cleaned(content: string): string {
  return cleanSvg(svg(content), OPTIONS).replace(/^<svg[^>]*>/, "").replace(/<\/svg>$/, "");
}

Deno.test("cleanSvg() makes one labelled image that can be scaled", () => {
  const [opening] = /^<svg[^>]*>/.exec(cleanSvg(svg(""), OPTIONS))!;
  assertStringIncludes(opening, 'class="wide" role="img" aria-label="a chart"');
  assertStringIncludes(opening, 'viewBox="0 0 460 68"');
  assert(!opening.includes("xlink"));
});

Deno.test("cleanSvg() escapes the label", () => {
  const label = `<script>"&`;
  assertStringIncludes(
    cleanSvg(svg(""), { ...OPTIONS, label }),
    'aria-label="&lt;script&gt;&quot;&amp;"',
  );
});

Deno.test("cleanSvg() turns a mark's description into its tooltip", () => {
  assertEquals(
    cleaned('<path aria-label="5.2x &lt;b&gt;" role="graphics-symbol" d="M0,0" fill="red"/>'),
    '<path d="M0,0" fill="red"><title>5.2x &lt;b&gt;</title></path>',
  );
});

Deno.test("cleanSvg() gives no tooltip to groups: an axis describes itself in Vega's words", () => {
  assertEquals(
    cleaned('<g role="graphics-symbol" aria-label="X-axis"><line x2="3"/></g>'),
    '<g><line x2="3"/></g>',
  );
});

Deno.test("cleanSvg() drops what draws nothing, however deep", () => {
  assertEquals(
    cleaned(
      '<g class="a"><g transform="translate(0,0)"><path class="background" d="M0,0"/></g></g>',
    ),
    "",
  );
  assertEquals(cleaned('<text x="1"/><path stroke="red" d=""/>'), "");
});

Deno.test("cleanSvg() rounds places to hundredths, and leaves words alone", () => {
  assertEquals(
    cleaned('<text transform="translate(45.154499,1.5e-7)" fill="red">1.23456</text>'),
    '<text transform="translate(45.15,1.5e-7)" fill="red">1.23456</text>',
  );
  assertEquals(cleaned('<line x2="-0.0001" y2="12.999"/>'), '<line x2="0" y2="13"/>');
});

Deno.test("cleanSvg() keeps colours that are variables", () => {
  assertEquals(
    cleaned('<rect fill="var(--sparse, #1457c8)" opacity="1"/>'),
    '<rect fill="var(--sparse)"/>',
  );
});

Deno.test("escapeXml() escapes what ends text or attributes", () => {
  assertEquals(escapeXml(`</script>&"`), "&lt;/script&gt;&amp;&quot;");
});
