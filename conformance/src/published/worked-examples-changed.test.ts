import { abs, compare, formatExact, mul, parsePactDecimal, type Rational, rational, sub } from "@tallystick/contracts";
import { expect, it } from "vitest";
import { describePublished, publishedJson } from "../published-data.ts";
import type { Json } from "./example-template.ts";
import { type Case, type Example, mapping, resultOf, run, withAllGases } from "./worked-example.ts";

// The same examples with other figures: none of their results is known beforehand, and every figure of theirs counts.

const DECIMAL = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;
const isFigure = (value: Json): boolean =>
  typeof value === "number" || (typeof value === "string" && DECIMAL.test(value));
const times = (value: Json, factor: bigint): string =>
  formatExact(mul(parsePactDecimal(String(value)), rational(factor)));

/** What it is in a figure that a path leads to: `to` makes another figure of it. */
type Change = (value: Json, path: readonly string[]) => Json;

function changed(value: Json, to: Change, path: readonly string[] = []): Json {
  if (Array.isArray(value)) return value.map((part, index) => changed(part, to, [...path, String(index)]));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, changed(part, to, [...path, name])]));
  }
  return isFigure(value) ? to(value, path) : value;
}

/** The name that a figure goes by: the last of its path that is no index. */
const nameOf = (path: readonly string[]): string => path.findLast((part) => !/^\d+$/.test(part)) ?? "";

function withChanged({ inputs, factors, ...example }: Example, to: Change): Example {
  return {
    ...example,
    inputs: changed(inputs ?? null, to, ["inputs"]),
    factors: changed(factors ?? null, to, ["factors"]),
  } as Example;
}

/** A result as text without its id, with what of it stands against the example's; or the refusal. */
function outcomeOf(example: Example, one: Case): string {
  try {
    const result = run(example, one);
    const figure = one.says === undefined && one.near === undefined ? formatExact(resultOf(example, one, result)) : "";
    return `${figure} ${JSON.stringify({ ...result, id: "" })}`;
  } catch (error) {
    return `refused: ${String(error)}`;
  }
}

describePublished("worked examples with other figures", () => {
  const examples = publishedJson<Example[]>("worked-examples", "worked-examples.json");
  const byId = new Map(examples.map((example) => [example.id, example]));
  const cases = mapping.cases.flatMap((one) =>
    one.ids.map((id) => ({
      id,
      one,
      example: one.allGases === true ? withAllGases(byId.get(id) as Example) : (byId.get(id) as Example),
    })),
  );

  it.each(cases.filter(({ one }) => one.linearIn !== undefined))("$id grows with its inputs", ({ one, example }) => {
    const [before, after] = [1n, 3n].map((factor) => {
      const other = withChanged(example, (value, path) =>
        one.linearIn?.includes(nameOf(path)) ? times(value, factor) : value,
      );
      return resultOf(other, one, run(other, one));
    }) as [Rational, Rational];
    expect(before.n).not.toBe(0n);
    const off = abs(sub(after, mul(before, rational(3n))));
    // Figures with nine decimals are each rounded by themselves.
    const tolerance = one.result === undefined ? rational(0n) : rational(4n, 10n ** 9n);
    expect(compare(off, tolerance), formatExact(off)).toBeLessThanOrEqual(0);
  });

  it.each(cases)("$id counts every figure that it is given", ({ one, example }) => {
    const before = outcomeOf(example, one);
    expect(before).not.toContain("refused");
    const paths: (readonly string[])[] = [];
    withChanged(example, (value, path) => {
      paths.push(path);
      return value;
    });
    const idle = paths.filter((path) => {
      const other = withChanged(example, (value, at) => {
        if (at.join(".") !== path.join(".")) return value;
        return Number(value) === 0 ? "1" : times(value, 1_000n);
      });
      return outcomeOf(other, one) === before;
    });
    expect(idle.map(nameOf).filter((name) => !(one.idle ?? []).includes(name))).toEqual([]);
  });
});
