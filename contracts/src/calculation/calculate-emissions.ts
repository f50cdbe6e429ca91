import { formatExact } from "../exact/format-rational.ts";
import { toNanoKg } from "../exact/nano.ts";
import { add, compare, isZero, type Rational, rational, reduce, ZERO } from "../exact/rational.ts";
import { requireWholeSplits } from "./calculate-hybrid.ts";
import { calculateTerm } from "./calculate-term.ts";
import type { CalculationRequest } from "./calculation-document.ts";
import { type CalculationResult, kgText, recordOf } from "./calculation-result.ts";
import { type Step, step } from "./step.ts";

/** The account that counts, where a term names none. */
const TOTAL = "total";

/**
 * Terms of a method's amounts and shares by factors, summed by account and rounded once.
 * @throws SHARES_NOT_WHOLE and what `calculateTerm` throws
 */
export function calculateEmissions({
  id,
  kind,
  category,
  gwpSet,
  terms,
}: Extract<CalculationRequest, { kind: "emissions" }>): CalculationResult {
  requireWholeSplits(id, terms);
  const accounts = new Map<string, Rational>([[TOTAL, ZERO]]);
  const parts = new Map<string, Rational>();
  const gases = new Map<string, { kg: Rational | undefined; kgCo2e: Rational }>();
  let biogenic = ZERO;
  const gwps = new Set<string>();
  const steps: Step[] = [];
  const formulas: string[] = [];
  for (const [at, term] of terms.entries()) {
    const { part, account = TOTAL } = term;
    const result = calculateTerm(`${id}: ${part ?? `term ${at + 1}`}`, category, term, gwpSet);
    accounts.set(account, reduce(add(accounts.get(account) ?? ZERO, result.kgCo2e)));
    for (const gwp of result.gwps) gwps.add(gwp);
    steps.push(...result.steps);
    formulas.push(result.formula);
    // What is on an account is not netted with the total, nor are its parts and gases with the total's.
    if (account !== TOTAL) continue;
    if (part !== undefined) parts.set(part, reduce(add(parts.get(part) ?? ZERO, result.kgCo2e)));
    for (const { gas, kg, kgCo2e } of result.gases) {
      const known = gases.get(gas) ?? { kg: ZERO, kgCo2e: ZERO };
      gases.set(gas, {
        kg: kg === undefined || known.kg === undefined ? undefined : add(known.kg, kg),
        kgCo2e: add(known.kgCo2e, kgCo2e),
      });
    }
    biogenic = add(biogenic, result.biogenicKgCo2);
  }
  const total = accounts.get(TOTAL) ?? ZERO;
  accounts.delete(TOTAL);
  if (terms.length > 1) steps.push(step("sum of what is on no account", total, "kg CO2e"));
  const rounded = rational(toNanoKg(total), 10n ** 9n);
  if (compare(rounded, total) !== 0) {
    steps.push(step("rounded once, half to even, to 10⁻⁹ kg", rounded, "kg CO2e"));
  }
  return {
    id,
    kind,
    kgCo2e: kgText(total),
    exact: formatExact(total),
    ...(parts.size === 0 ? {} : { parts: recordOf(parts, kgText) }),
    ...(accounts.size === 0 ? {} : { accounts: recordOf(accounts, kgText) }),
    ...(gases.size === 0
      ? {}
      : {
          gases: recordOf(gases, ({ kg, kgCo2e }) => ({
            ...(kg === undefined ? {} : { kg: kgText(kg) }),
            kgCo2e: kgText(kgCo2e),
          })),
        }),
    ...(isZero(biogenic) ? {} : { biogenicKgCo2: kgText(biogenic) }),
    gwp: [...gwps].sort().join("; "),
    formula: formulas.length === 1 ? (formulas[0] ?? "") : formulas.map((one) => `(${one})`).join(" + "),
    steps,
  };
}
