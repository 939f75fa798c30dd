/**
 * What tests ask of a page's markup: well-formed, reachable by a screen reader, and quiet on the network.
 *
 * Covers what can be told from the text; contrast and focus need a browser.
 *
 * @module
 */

interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly kind: "open" | "close" | "empty";
}

const VOID = new Set(["meta", "link", "br", "hr", "img", "input", "source", "wbr"]);

/** Everything that is wrong with a page, in words; none if nothing is. */
export function markupProblems(html: string): string[] {
  // A style sheet holds no tags.
  const tags = tagsOf(html.replace(/(<style>)[^]*?(<\/style>)/g, "$1$2"));
  return [
    ...nestingProblems(tags),
    ...anchorProblems(tags),
    ...headingProblems(tags),
    ...nameProblems(tags),
    ...tableProblems(html),
    ...networkProblems(tags),
  ];
}

function tagsOf(html: string): Tag[] {
  return [...html.matchAll(/<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*(\/?)>/g)].map(
    ([, close, name = "", rest = "", empty]) => ({
      name,
      attributes: new Map(
        [...rest.matchAll(/([\w:-]+)(?:="([^"]*)")?/g)].map((
          [, key = "", value = ""],
        ) => [key, value]),
      ),
      kind: close ? "close" : empty || VOID.has(name) ? "empty" : "open",
    }),
  );
}

function nestingProblems(tags: readonly Tag[]): string[] {
  const open: string[] = [];
  for (const { name, kind } of tags) {
    if (kind === "open") open.push(name);
    if (kind === "close" && open.pop() !== name) return [`</${name}> closes another element`];
  }
  return open.map((name) => `<${name}> is not closed`);
}

function anchorProblems(tags: readonly Tag[]): string[] {
  const ids = tags.flatMap(({ attributes }) => attributes.get("id") ?? []);
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
  const wanted = tags.flatMap(({ attributes }) =>
    [
      attributes.get("href")?.match(/^#(.*)/)?.[1] ?? [],
      attributes.get("aria-labelledby") ?? [],
    ].flat()
  );
  return [
    ...twice.map((id) => `id "${id}" is there twice`),
    ...wanted.filter((id) => !ids.includes(id)).map((id) => `nothing has the id "${id}"`),
  ];
}

function headingProblems(tags: readonly Tag[]): string[] {
  const levels = tags.filter(({ name, kind }) => kind === "open" && /^h[1-6]$/.test(name))
    .map(({ name }) => Number(name[1]));
  const skips = levels.filter((level, index) => level > (levels[index - 1] ?? 0) + 1);
  return [
    ...levels.filter((level) => level === 1).length === 1 ? [] : ["there is not one h1"],
    ...skips.map((level) => `h${level} skips a level`),
  ];
}

/** Pictures are named or hidden; regions that can be focused have names of their own. */
function nameProblems(tags: readonly Tag[]): string[] {
  const nameless = tags.filter(({ name, kind, attributes }) =>
    name === "svg" && kind !== "close" && attributes.get("aria-hidden") !== "true" &&
    !(attributes.get("role") === "img" && attributes.get("aria-label"))
  );
  const regions = tags.filter(({ attributes }) => attributes.get("role") === "region")
    .map(({ attributes }) => attributes.get("aria-label") ?? "");
  const alike = regions.filter((label, index) => label === "" || regions.indexOf(label) !== index);
  return [
    ...nameless.map(() => "a picture has no name"),
    ...alike.map((label) => `region "${label}" has no name of its own`),
    ...tags.some(({ attributes }) => attributes.get("lang")) ? [] : ["the page has no language"],
  ];
}

function tableProblems(html: string): string[] {
  return [...html.matchAll(/<table>([^]*?)<\/table>/g)].flatMap(([, table = ""]) => [
    ...table.startsWith("<caption>") ? [] : ["a table has no caption"],
    ...[...table.matchAll(/<th(?= |>)(?![^>]* scope=)[^>]*>/g)].map(([th]) => `${th} has no scope`),
    ...widthsOf(table).size === 1 ? [] : ["rows of a table differ in width"],
  ]);
}

function widthsOf(table: string): Set<number> {
  const rows = [...table.matchAll(/<tr>([^]*?)<\/tr>/g)];
  return new Set(rows.map(([, row = ""]) => [...row.matchAll(/<t[hd][ >]/g)].length));
}

function networkProblems(tags: readonly Tag[]): string[] {
  const forbidden = tags.filter(({ name, kind }) =>
    kind !== "close" && ["script", "link", "img", "iframe", "object", "image", "use"].includes(name)
  );
  const styled = tags.filter(({ attributes }) => attributes.has("style"));
  const handlers = tags.flatMap(({ attributes }) =>
    [...attributes.keys()].filter((name) => name.startsWith("on"))
  );
  return [
    ...forbidden.map(({ name }) => `<${name}> would ask for something`),
    ...styled.map(({ name }) => `the style of <${name}> breaks the content policy`),
    ...handlers.map((name) => `${name} is a script`),
  ];
}

/** What a reader sees: text without tags, spaces made ordinary. */
export function textOf(html: string): string {
  return html.replace(/<style>[^]*?<\/style>/g, "").replace(/<[^>]*>/g, " ")
    .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&").replace(/[\s\u00a0]+/g, " ").replace(/ ([,.;:])/g, "$1").trim();
}
