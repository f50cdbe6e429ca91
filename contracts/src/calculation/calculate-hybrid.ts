import { contractError } from "../errors.ts";
import { formatExact } from "../exact/format-rational.ts";
import { toNanoKg } from "../exact/nano.ts";
import { add, compare, mul, ONE, parseDecimal, type Rational, sum, ZERO } from "../exact/rational.ts";
import { isMoneyDenominator } from "../factors/factor-row.ts";
import type { ActivityData, LedgerComponent, LedgerLine } from "../ledger/ledger-line.ts";
import { unitOf } from "../units/unit.ts";
import { methodOf, shareOf } from "./activity-amount.ts";
import { calculateLine } from "./calculate-line.ts";
import type { Calculation, GasFigure } from "./calculation.ts";
import type { Evidence } from "./evidence.ts";
import { requireNoInputs } from "./line-quantity.ts";
import { type Step, step } from "./step.ts";

/** A line of components as one figure, with the figures of its parts. */
export interface HybridCalculation extends Calculation {
  /** 10⁻⁹ kg CO2e by heading, each rounded by itself. */
  readonly parts: ReadonlyMap<string, bigint>;
}

/** What a component is as a line of its own: with the day, the category, the place and the account of the line that it is of. */
export function componentLine(line: LedgerLine, component: LedgerComponent): LedgerLine {
  const { id, part: _part, ...data } = component;
  const { date, category, description, geography, period, account } = line;
  return {
    id: `${line.id}/${id}`,
    date,
    category,
    description,
    ...(geography === undefined ? {} : { geography }),
    ...(period === undefined ? {} : { period }),
    ...(account === undefined ? {} : { account }),
    ...withOwnAmount(data),
  };
}

/**
 * A component has amounts by name only. What stands there as `quantity` without a method, or as `spend` in money of no year, is what a
 * line has as its own quantity, or its own amount and currency: money of the line's year.
 */
function withOwnAmount(data: Omit<LedgerComponent, "id" | "part">): Partial<LedgerLine> {
  const { method, amounts = {} } = data;
  const name = method === undefined ? "quantity" : "spend";
  const own = Object.hasOwn(amounts, name) ? amounts[name] : undefined;
  if (own === undefined) return data;
  const isMoney = isMoneyDenominator(own.unit);
  if (method !== undefined && !isMoney) return data;
  const { [name]: _own, ...others } = amounts;
  const { amounts: _amounts, ...rest } = data;
  return {
    ...rest,
    ...(Object.keys(others).length === 0 ? {} : { amounts: others }),
    ...(isMoney ? { amount: own.value, currency: own.unit } : { quantity: own.value, unit: own.unit }),
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
  // A share of the line as a whole would be left out: its components have shares of their own.
  requireNoInputs(line);
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
 * Where a method splits a whole, the parts that are given of it come to exactly 1: what is left over needs a part of its own. One whole is
 * what has one amount: of 40 t and 10 t of waste each is split by itself.
 * @throws SHARES_NOT_WHOLE and what `shareOf`, units and decimals throw
 */
export function requireWholeSplits(about: string, components: readonly ActivityData[]): void {
  const wholes = new Map<string, { readonly split: string; readonly sum: Rational }>();
  for (const { method: id, amounts = {}, shares = {} } of components) {
    const method = id === undefined ? undefined : methodOf(id);
    const split = method?.splitBy;
    const share = split === undefined || !Object.hasOwn(shares, split) ? undefined : shares[split];
    // A whole that is not given is missing where the component is computed.
    const name = method?.inputs[0]?.name ?? "";
    const whole = Object.hasOwn(amounts, name) ? amounts[name] : undefined;
    if (split === undefined || share === undefined || whole === undefined) continue;
    const { measures, size } = unitOf(whole.unit);
    const key = `${split} ${formatExact(mul(parseDecimal(whole.value), size))} ${measures}`;
    wholes.set(key, { split, sum: add(wholes.get(key)?.sum ?? ZERO, shareOf(about, split, share)) });
  }
  for (const { split, sum: total } of wholes.values()) {
    if (compare(total, ONE) !== 0) {
      throw contractError("SHARES_NOT_WHOLE", { line: about, share: split, sum: formatExact(total) });
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
