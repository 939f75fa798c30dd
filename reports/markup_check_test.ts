import { assertEquals } from "@std/assert";
import { markupProblems, textOf } from "./markup_check.ts";

function page(body: string): string {
  return `<!doctype html>\n<html lang="en"><body><h1>x</h1>${body}</body></html>`;
}

Deno.test("markupProblems() finds nothing in a sound page", () => {
  const body =
    '<h2 id="a">a</h2><a href="#a">a</a><br/><svg role="img" aria-label="x"><path d="M0"/></svg>' +
    '<table><caption>c</caption><tr><th scope="col">a</th></tr><tr><td>1</td></tr></table>';
  assertEquals(markupProblems(page(body)), []);
});

const MISTAKES: readonly (readonly [body: string, problem: string])[] = [
  ["<p><b></p>", "</p> closes another element"],
  ['<p id="a"></p><p id="a"></p>', 'id "a" is there twice'],
  ['<a href="#b">b</a>', 'nothing has the id "b"'],
  ["<h3>x</h3>", "h3 skips a level"],
  ["<h1>x</h1>", "there is not one h1"],
  ["<svg></svg>", "a picture has no name"],
  ['<div role="region"></div>', 'region "" has no name of its own'],
  ["<table><tr><td>1</td></tr></table>", "a table has no caption"],
  ["<table><caption>c</caption><tr><th>1</th></tr></table>", "<th> has no scope"],
  [
    "<table><caption>c</caption><tr><td>1</td></tr><tr><td>1</td><td>2</td></tr></table>",
    "rows of a table differ in width",
  ],
  ["<script></script>", "<script> would ask for something"],
  ['<p style="color:red"></p>', "the style of <p> breaks the content policy"],
  ['<p onclick="x()"></p>', "onclick is a script"],
];

for (const [body, problem] of MISTAKES) {
  Deno.test(`markupProblems() finds: ${problem}`, () => {
    assertEquals(markupProblems(page(body)), [problem]);
  });
}

Deno.test("textOf() is what a reader sees", () => {
  assertEquals(
    textOf("<style>a{}</style><p>1\u00a0<b>&lt;i&gt;</b>, &amp;lt;</p>"),
    "1 <i>, &lt;",
  );
});
