// deno-lint-ignore-file jsx-key -- rendered once, to text: there is nothing to reconcile
/**
 * Section: where the time of a run goes, layer by layer.
 *
 * @module
 */
import type { ComponentChildren, VNode } from "preact";
import type { LayerProfile, Result } from "../../results/mod.ts";
import { layerSpec, layerTitle, toneOfLayer } from "../charts/layer_profile.ts";
import { draw } from "../drawing.ts";
import { Figure, FoldedTable, Key, type Section } from "../elements.tsx";
import { count, duration, percent, significant } from "../wording.ts";

/** Profiles that are drawn at most, so that a page stays small. */
const MOST_PROFILES = 8;

/** Charts and a table for each profile; `null` if none was asked for. */
export async function layersSection({ profiles = [] }: Result): Promise<Section | null> {
  if (profiles.length === 0) return null;
  const figures: VNode[] = [];
  for (const profile of profiles.slice(0, MOST_PROFILES)) {
    figures.push(await profileFigure(profile));
  }
  const body = (
    <>
      {figures}
      {profiles.length > MOST_PROFILES && (
        <p>
          The first {MOST_PROFILES} of {profiles.length}{" "}
          profiles; the files under “Raw data” have them all.
        </p>
      )}
    </>
  );
  return { id: "layers", title: "Layer by layer", body };
}

async function profileFigure(profile: LayerProfile): Promise<VNode> {
  const { engine, cell, threads, waitNs, outsideNs, profiledNs, runNs } = profile;
  const title = layerTitle(profile);
  const place = `${engine}, ${cell}, ${count(threads, "thread")}`;
  const drawings = [{
    heading: place,
    drawing: await draw(
      (layout) => layerSpec(profile, "time", layout),
      `Time of each layer of ${place}. ${title}; the table has the figures.`,
    ),
  }];
  if (profile.layers.some(({ ofPeak }) => ofPeak !== null)) {
    drawings.push({
      heading: "Rate on what is not skipped",
      drawing: await draw(
        (layout) => layerSpec(profile, "peak", layout),
        `Fraction of the peak that each layer of ${place} reaches; the table has the figures.`,
      ),
    });
  }
  const tones = new Set(profile.layers.map((layer) => toneOfLayer(layer, engine)));
  return (
    <Figure title={title} drawings={drawings} table={profileTable(profile, place)}>
      <p>
        Times inside of whole runs, medians. Besides, threads wait {duration(waitNs)}{" "}
        for each other, and {duration(outsideNs)} pass around the program. A profiled run takes{" "}
        {duration(profiledNs)}, one without profiling {duration(runNs)}.
      </p>
      <Key
        marks={(["sparse", "dense", "doubt"] as const).filter((tone) => tones.has(tone))}
        words={{
          sparse: "skips zeros",
          dense: "dense, or without weights",
          doubt: "dense despite zeros",
        }}
      />
    </Figure>
  );
}

function profileTable(profile: LayerProfile, place: string): VNode {
  const whole = profile.layers.reduce((sum, { ns }) => sum + ns, 0);
  return (
    <FoldedTable
      caption={`${count(profile.layers.length, "layer")} of ${place}`}
      columns={[
        { title: "layer" },
        { title: "time", numeric: true },
        { title: "of the run", numeric: true },
        { title: "GFLOP/s", numeric: true },
        { title: "of the peak", numeric: true },
        { title: "zeros", numeric: true },
        { title: "kernel" },
        { title: "why" },
      ]}
      rows={profile.layers.map((layer): ComponentChildren[] => [
        <code>{layer.layer}</code>,
        duration(layer.ns),
        percent(whole > 0 ? layer.ns / whole : 0),
        layer.gflops === null ? "–" : significant(layer.gflops),
        layer.ofPeak === null ? "–" : percent(layer.ofPeak, 0),
        layer.sparsity === null ? "–" : percent(layer.sparsity),
        <code>{layer.kernel}</code>,
        toneOfLayer(layer, profile.engine) === "doubt"
          ? <span class="status open">▲ dense despite zeros: {layer.reason}</span>
          : layer.reason,
      ])}
    />
  );
}
