/**
 * COCO's annotations: images, categories, and boxes around objects.
 *
 * @module
 */
import type { PixelBox, TrueBox } from "./detections.ts";
import type { Skips } from "./skips.ts";

/** An image that boxes are about. */
export interface CocoImage {
  /** Number of the image. */
  readonly id: number;
  /** File below the folder of the images. */
  readonly file: string;
  /** Pixels of a row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
}

/** Content of an `instances_*.json`. */
export interface CocoAnnotations {
  /** Images by the order of the file. */
  readonly images: readonly CocoImage[];
  /** Names of the categories by their number; numbers have gaps. */
  readonly categories: ReadonlyMap<number, string>;
  /** All boxes. */
  readonly boxes: readonly TrueBox[];
}

/**
 * Reads the content of a file. Boxes that are empty, of an unknown image or an unknown category are left out and counted.
 *
 * @param path Only for messages.
 * @param allow Starts the count of broken boxes, given how many there are.
 * @throws {SyntaxError} If it is no JSON, or not of this shape.
 * @throws {EnvironmentError} If too many boxes are broken.
 */
export function parseCoco(
  text: string,
  path: string,
  allow: (total: number) => Skips,
): CocoAnnotations {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot read ${path}: ${(error as SyntaxError).message}, expected JSON`);
  }
  const images = listOf(root, "images", path).map((image, i): CocoImage => {
    const [id, width, height] = [
      numberOf(image, "id"),
      numberOf(image, "width"),
      numberOf(image, "height"),
    ];
    const file = fieldOf(image, "file_name");
    if (id === null || !width || !height || typeof file !== "string" || file.includes("..")) {
      return wrong(path, `images[${i}]`, image, "id, file_name, width and height");
    }
    return { id, file, width, height };
  });
  const categories = new Map(
    listOf(root, "categories", path).map((category, i): [number, string] => {
      const [id, name] = [numberOf(category, "id"), fieldOf(category, "name")];
      return id === null || typeof name !== "string"
        ? wrong(path, `categories[${i}]`, category, "id and name")
        : [id, name];
    }),
  );
  const listed = listOf(root, "annotations", path);
  const skips = allow(listed.length);
  const known = new Set(images.map(({ id }) => id));
  const boxes = listed.flatMap((annotation, i) => {
    const box = readBox(annotation);
    const reason = box === null
      ? "no box with a positive size"
      : !known.has(box.image)
      ? `image ${box.image} is not in the file`
      : !categories.has(box.category)
      ? `category ${box.category} is not in the file`
      : null;
    if (box !== null && reason === null) return [box];
    skips.add(`annotations[${i}]`, reason!);
    return [];
  });
  return { images, categories, boxes };
}

function readBox(annotation: unknown): TrueBox | null {
  const [image, category] = [numberOf(annotation, "image_id"), numberOf(annotation, "category_id")];
  const box = fieldOf(annotation, "bbox");
  if (image === null || category === null || !isBox(box)) return null;
  const area = numberOf(annotation, "area") ?? box[2] * box[3];
  return { image, category, box, area, crowd: fieldOf(annotation, "iscrowd") === 1 };
}

function isBox(value: unknown): value is PixelBox {
  return Array.isArray(value) && value.length === 4 && value.every(Number.isFinite) &&
    value[2] > 0 && value[3] > 0;
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)[key] // an object has string keys
    : undefined;
}

function numberOf(value: unknown, key: string): number | null {
  const number = fieldOf(value, key);
  return typeof number === "number" && Number.isFinite(number) ? number : null;
}

function listOf(root: unknown, key: string, path: string): readonly unknown[] {
  const list = fieldOf(root, key);
  return Array.isArray(list) ? list : wrong(path, key, list, "a list");
}

function wrong(path: string, place: string, found: unknown, wanted: string): never {
  const shown = (JSON.stringify(found) ?? "missing").slice(0, 60);
  throw new SyntaxError(`Cannot read ${path}: ${place} is ${shown}, expected ${wanted}`);
}
