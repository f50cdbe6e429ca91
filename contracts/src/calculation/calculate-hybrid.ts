import { contractError } from "../errors.ts";
import { formatExact } from "../exact/format-rational.ts";
import { toNanoKg } from "../exact/nano.ts";
import { add, compare, ONE, type Rational, sum, ZERO } from "../exact/rational.ts";
import type { ActivityData, LedgerComponent, LedgerLine } from "../ledger/ledger-line.ts";
import { methodOf, shareOf } from "./activity-amount.ts";
import { calculateLine } from "./calculate-line.ts";
import type { Calculation, GasFigure } from "./calculation.ts";
import type { Evidence } from "./evidence.ts";
import { type Step, step } from "./step.ts";

/** A line of components as one figure, with the figures of its parts. */
export interface HybridCalculation extends Calculation {
  /** 10⁻⁹ kg CO2e by heading, each rounded by itself. */
  readonly parts: ReadonlyMap<string, bigint>;
}

/** What a component is as a line of its own: with the day, the category and the place of the line that it is of. */
export function componentLine(line: LedgerLine, component: LedgerComponent): LedgerLine {
  const { id, part: _part, ...data } = component;
  const { date, category, description, geography, period } = line;
  return {
    id: `${line.id}/${id}`,
    date,
    category,
    description,
    ...(geography === undefined ? {} : { geography }),
    ...(period === undefined ? {} : { period }),
    ...data,
  };
}

/**
 * The hybrid method (GHG Protocol Scope 3 guidance, 1.2): the sum of a line's components, each by its own evidence. Exact up to the one
 * rounding of the sum.
 *
 * @param evidenceOf by the components' ids
 * @throws ACTIVITY_DATA_MISSING where a component has no evidence, SHARES_NOT_WHOLE, and what `calculateLine` throws
 */
export function calculateHybrid(line: LedgerLine, evidenceOf: ReadonlyMap<string, Evidence>): HybridCalculation {
  const { components = [] } = line;
  if (components.length === 0) throw contractError("ACTIVITY_DATA_MISSING", { line: line.id, needs: "components" });
  requireWholeSplits(line.id, components);
  return sumOf(
    components.map((component) => {
      const evidence = evidenceOf.get(component.id);
      if (evidence === undefined) {
        throw contractError("ACTIVITY_DATA_MISSING", { line: line.id, needs: `evidence for ${component.id}` });
      }
      const { id, part = id } = component;
      return { part, calculation: calculateLine(componentLine(line, component), evidence) };
    }),
  );
}

/**
 * Where a method splits a whole, the parts that are given come to exactly 1: what is left over needs a part of its own.
 * @throws SHARES_NOT_WHOLE and what `shareOf` throws
 */
export function requireWholeSplits(about: string, components: readonly ActivityData[]): void {
  const sums = new Map<string, Rational>();
  for (const { method, shares = {} } of components) {
    const split = method === undefined ? undefined : methodOf(method).splitBy;
    const share = split === undefined ? undefined : shares[split];
    if (split === undefined || share === undefined) continue;
    sums.set(split, add(sums.get(split) ?? ZERO, shareOf(about, split, share)));
  }
  for (const [share, total] of sums) {
    if (compare(total, ONE) !== 0) {
      throw contractError("SHARES_NOT_WHOLE", { line: about, share, sum: formatExact(total) });
    }
  }
}

/** The sum of figures, rounded once, with the sums of its parts. */
export function sumOf(
  addends: readonly { readonly part: string; readonly calculation: Calculation }[],
): HybridCalculation {
  const all = addends.map(({ calculation }) => calculation);
  const kgCo2e = sum(all.map((one) => one.kgCo2e));
  const byPart = new Map<string, Rational>();
  for (const { part, calculation } of addends) {
    byPart.set(part, add(byPart.get(part) ?? ZERO, calculation.kgCo2e));
  }
  const total = (of: (one: Calculation) => bigint): bigint => all.reduce((nano, one) => nano + of(one), 0n);
  return {
    kgCo2e,
    nanoKgCo2e: toNanoKg(kgCo2e),
    parts: new Map([...byPart].map(([part, kg]) => [part, toNanoKg(kg)])),
    get gases() {
      return sumGases(all.flatMap((one) => one.gases));
    },
    get biogenicNanoKgCo2() {
      return total((one) => one.biogenicNanoKgCo2);
    },
    get uptakeNanoKgCo2() {
      return total((one) => one.uptakeNanoKgCo2);
    },
    get removalsNanoKgCo2e() {
      return total((one) => one.removalsNanoKgCo2e);
    },
    get gwp() {
      return [...new Set(all.map((one) => one.gwp))].sort().join("; ");
    },
    get formula() {
      return all.map((one) => `(${one.formula})`).join(" + ");
    },
    get steps() {
      return addends.flatMap(({ part, calculation }): Step[] => [
        ...calculation.steps,
        step(`${part}: ${calculation.formula}`, calculation.kgCo2e, "kg CO2e"),
      ]);
    },
  };
}

function sumGases(figures: readonly GasFigure[]): readonly GasFigure[] {
  const sums = new Map<string, GasFigure>();
  for (const figure of figures) {
    const known = sums.get(figure.gas);
    const nanoKgCo2e = figure.nanoKgCo2e + (known?.nanoKgCo2e ?? 0n);
    const masses = [figure.nanoKg, known === undefined ? 0n : known.nanoKg];
    const isKnown = masses.every((mass) => mass !== undefined);
    const nanoKg = masses.reduce<bigint>((mass, one) => mass + (one ?? 0n), 0n);
    sums.set(figure.gas, { gas: figure.gas, nanoKgCo2e, ...(isKnown ? { nanoKg } : {}) });
  }
  return [...sums.values()].sort((a, b) => (a.gas < b.gas ? -1 : 1));
}
