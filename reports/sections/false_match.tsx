/**
 * Section: the blessing of dimensionality as a formula.
 *
 * @module
 */
import type { VNode } from "preact";
import { falseMatchProbability, PUBLISHED_MATCHES, type Result } from "../../results/mod.ts";
import { falseMatchSpec } from "../charts/false_match.ts";
import { draw } from "../drawing.ts";
import { Figure, FoldedTable, Key, type Section } from "../elements.tsx";
import { count, scientific } from "../wording.ts";

/** The formula with the points published of it; `null` on pages of other suites. */
export async function falseMatchSection({ suite }: Result): Promise<Section | null> {
  if (suite !== "dimensionality") return null;
  const { synapses, threshold } = PUBLISHED_MATCHES[0]!.sizes;
  const title = "False matches of sparse patterns fall exponentially with the number of inputs";
  const label =
    `${title}: lines of the formula, published points on them; the table has the figures.`;
  const body = (
    <Figure
      title={title}
      drawings={[{ drawing: await draw(falseMatchSpec, label) }]}
      table={<MatchTable />}
    >
      <p>
        A neuron with {synapses} synapses that takes a pattern for its own once {threshold}{" "}
        of them see an active input. The lines are computed, not measured: the chance that a random
        pattern with that many active inputs matches, by the hypergeometric distribution.
      </p>
      <p>
        The source of the published points also has a curve for dense patterns, half of the inputs
        active. It does not follow the formula that it is labelled with (.00519 at 300 inputs, where
        the formula gives{" "}
        {falseMatchProbability({ inputs: 300, active: 150, synapses, threshold }).toFixed(2)}), and
        is not drawn.
      </p>
      <Key marks={["published"]} />
    </Figure>
  );
  return { id: "false-matches", title: "Why width helps: the formula", body };
}

function MatchTable(): VNode {
  return (
    <FoldedTable
      folded
      caption={`${count(PUBLISHED_MATCHES.length, "published point")} and the formula`}
      columns={[
        { title: "active of inputs" },
        { title: "published", numeric: true },
        { title: "formula", numeric: true },
      ]}
      rows={PUBLISHED_MATCHES.map(({ sizes, probability }) => [
        `${sizes.active} of ${sizes.inputs}`,
        inWords(probability),
        inWords(falseMatchProbability(sizes)),
      ])}
    />
  );
}

/** To the digits that are printed. */
function inWords(probability: number): string {
  return probability > 0.01
    ? probability.toPrecision(6).replace(/0+$/, "")
    : scientific(probability);
}
