import { parseDecimal, type Rational } from "../exact/rational.ts";
import { type Unit, unitOfTerms } from "../units/multiply-units.ts";
import { unitOf } from "../units/unit.ts";

/** What an amount of fuel is measured by, as `formatDimension` writes it. */
const MEASURES: ReadonlySet<string> = new Set(["mass", "length^3", "standard-gas", "energy-gross", "energy-net"]);

/** A property as a link between two measures: one `per` is `value` `of`. */
export interface FuelLink {
  readonly of: Unit;
  readonly per: Unit;
  readonly value: Rational;
  /** "45.627 GJ_net/t" */
  readonly text: string;
}

/**
 * The link that a property makes; undefined where its unit is not a ratio of two measures of fuel.
 * @throws DECIMAL_INVALID, UNIT_UNKNOWN, UNIT_AMBIGUOUS, UNIT_UNPRICED
 */
export function fuelLinkOf({ value, unit }: { readonly value: string; readonly unit: string }): FuelLink | undefined {
  const { code, terms } = unitOf(unit);
  const of = unitOfTerms(terms.filter(({ power }) => power === 1));
  const per = unitOfTerms(terms.filter(({ power }) => power === -1).map(({ simple }) => ({ simple, power: 1 })));
  if (!MEASURES.has(of.measures) || !MEASURES.has(per.measures) || of.measures === per.measures) return undefined;
  return { of, per, value: parseDecimal(value), text: `${value} ${code}` };
}

/** One link along a way, and whether it is followed from `per` to `of` (multiplying) or back (dividing). */
export interface FuelHop {
  readonly link: FuelLink;
  readonly forward: boolean;
}

/** The way from one measure to another through a fuel's links, of which a forest has at most one. */
export function wayThrough(links: readonly FuelLink[], from: string, to: string): readonly FuelHop[] | undefined {
  if (from === to) return [];
  for (const [at, link] of links.entries()) {
    const forward = link.per.measures === from;
    if (!forward && link.of.measures !== from) continue;
    const next = forward ? link.of.measures : link.per.measures;
    const rest = wayThrough(links.toSpliced(at, 1), next, to);
    if (rest !== undefined) return [{ link, forward }, ...rest];
  }
  return undefined;
}

/** True where no two ways lead from one measure to another, so that no figure depends on the order of properties. */
export function isForest(links: readonly FuelLink[]): boolean {
  return links.every(({ of, per }, at) => wayThrough(links.toSpliced(at, 1), of.measures, per.measures) === undefined);
}
