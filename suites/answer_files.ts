/**
 * Answers of measuring processes as files of a cache entry.
 *
 * @module
 */
import { join } from "@std/path";
import { fileFailure, writeAtomic } from "../core/mod.ts";
import type { AnswerStore } from "./run_suite.ts";

/** Keeps each answer as a JSON file of a folder. A file that is not whole counts as absent. */
export function answerFiles(directory: string): AnswerStore {
  const path = (key: string): string => join(directory, `${key}.json`);
  return {
    load: async (key) => {
      let text: string;
      try {
        text = await Deno.readTextFile(path(key));
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return null;
        throw fileFailure("read", path(key), error);
      }
      try {
        return JSON.parse(text);
      } catch {
        return null; // Cut off; it is measured again.
      }
    },
    save: (key, value) => writeAtomic(path(key), JSON.stringify(value)),
  };
}
