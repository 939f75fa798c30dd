import { assertEquals } from "@std/assert";
import { groupAttributes, plainShape } from "./compact_svg.ts";

Deno.test("groupAttributes() moves what all shapes have into their group", () => {
  assertEquals(
    groupAttributes(
      '<g><path d="M0" fill="red" opacity="0.5"><title>a</title></path>' +
        '<path d="M1" fill="red" stroke="blue" opacity="0.5"/></g>',
    ),
    '<g fill="red"><path d="M0" opacity="0.5"><title>a</title></path>' +
      '<path d="M1" stroke="blue" opacity="0.5"/></g>',
  );
});

Deno.test("groupAttributes() leaves groups of groups, single shapes and differing values", () => {
  for (
    const svg of [
      '<g><path fill="red"/></g>',
      '<g><path fill="red"/><path fill="blue"/></g>',
      '<g transform="scale(2)"><path fill="red"/><path fill="red"/></g>',
    ]
  ) {
    assertEquals(groupAttributes(svg), svg);
  }
  assertEquals(
    groupAttributes('<g><g><text fill="red">a</text><text fill="red">b</text></g></g>'),
    '<g><g fill="red"><text>a</text><text>b</text></g></g>',
  );
});

function shaped(d: string, transform: string | null = "translate(5,-6.5)"): string {
  const attributes = new Map([["d", d], ["fill", "red"]]);
  if (transform !== null) attributes.set("transform", transform);
  const { name, attributes: all } = plainShape({ name: "path", attributes });
  return [name, ...[...all].map(([key, value]) => `${key}=${value}`)].join(" ");
}

Deno.test("plainShape() knows circles and squares", () => {
  assertEquals(
    shaped("M2.5,0A2.5,2.5,0,1,1,-2.5,0A2.5,2.5,0,1,1,2.5,0Z"),
    "circle cx=5 cy=-6.5 r=2.5 fill=red",
  );
  assertEquals(
    shaped("M-2.92,-2.92h5.83v5.83h-5.83Z"),
    "rect x=2.08 y=-9.42 width=5.83 height=5.83 fill=red",
  );
});

Deno.test("plainShape() leaves other shapes", () => {
  const triangle = "M0,-4L3,2L-3,2Z";
  assertEquals(shaped(triangle), `path d=${triangle} fill=red transform=translate(5,-6.5)`);
  assertEquals(shaped("M2,0A2,2,0,1,1,-2,0A2,2,0,1,1,2,0Z", null).split(" ")[0], "path");
  assertEquals(shaped("M-2,-3h4v4h-4Z").split(" ")[0], "path");
});
