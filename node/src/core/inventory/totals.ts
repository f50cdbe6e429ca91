import {
  addAligned,
  type FactorValue,
  mul,
  negate,
  type RateSet,
  type Rational,
  roundHalfEven,
  sub,
  toBasis,
  toNanoKg,
  ZERO,
} from "@tallystick/contracts";
import { isTallyError } from "@tallystick/proto";
import type { ApartTotals, GasTotal, GroupTotal, LineResult } from "./inventory.ts";
import type { Method } from "./inventory-policy.ts";
import type { EvidenceUse, LineMatch } from "./line-match.ts";
import { apportion, type DayShare, dayRatio } from "./period.ts";
import { type SingleUse, UncertaintyTotals } from "./uncertainty.ts";

/** Under which suppliers' lines stand that name none. */
export const UNSTATED_SUPPLIER = "unstated";

/**
 * Sums over line results that can be added and taken back: all integers, so that the order of additions and
 * retractions leaves no trace.
 */
export class Totals {
  readonly byCategory: GroupSums<number> = new GroupSums<number>();
  readonly bySupplier: GroupSums<string> = new GroupSums<string>();
  readonly byMethod: GroupSums<Method> = new GroupSums<Method>();
  readonly byGwp: GroupSums<string> = new GroupSums<string>();
  readonly all: Sum = { lines: 0, nanoKgCo2e: 0n };
  provisionalLines = 0;
  provisionalNano = 0n;
  coveredNano = 0n;
  sponsoredLines = 0;
  unsupportedLines = 0;
  /** Sums of magnitudes, so that a removal does not hide an emission when shares are taken. */
  magnitudeNano = 0n;
  verifiedMagnitudeNano = 0n;
  /** Amounts in 10⁻⁶ of the spend basis (USD 2022), of the lines whose amount has a known rate. */
  spendLines = 0;
  spendMicro = 0n;
  countedSpendMicro = 0n;

  readonly uncertainty: UncertaintyTotals = new UncertaintyTotals();
  readonly #amounts = new Map<FactorValue, { lines: number; amount: Rational }>();
  /** Factors whose amount is another than what `#gases` has of them, which is `#summed`. */
  readonly #touched = new Set<FactorValue>();
  readonly #summed = new Map<FactorValue, Rational>();
  readonly #gases = new Map<string, GasSum>();
  readonly #accounts = new GroupSums<string>();
  #uptakeNano = 0n;
  #removalsNano = 0n;
  readonly #rates: RateSet | undefined;

  constructor(rates: RateSet | undefined) {
    this.#rates = rates;
  }

  add(result: LineResult): void {
    this.#apply(result, 1);
  }

  takeBack(result: LineResult): void {
    this.#apply(result, -1);
  }

  #apply({ line, match, days }: LineResult, sign: 1 | -1): void {
    const factor = BigInt(sign);
    this.all.lines += sign;
    const spend = spendMicroOf(line, this.#rates);
    if (spend !== undefined) {
      this.spendLines += sign;
      this.spendMicro += factor * spend;
    }
    if (match.kind === "unsupported") {
      this.unsupportedLines += sign;
      return;
    }
    if (spend !== undefined) this.countedSpendMicro += factor * spend;
    const { calculation, evidence } = match;
    const nano = apportion(calculation.nanoKgCo2e, days);
    const signed = factor * nano;
    if (line.account !== undefined) {
      this.#accounts.add(line.account, sign, signed);
      return;
    }
    const magnitude = factor * (nano < 0n ? -nano : nano);
    this.all.nanoKgCo2e += signed;
    this.magnitudeNano += magnitude;
    this.byCategory.add(line.category, sign, signed);
    const supplier = line.supplier ?? UNSTATED_SUPPLIER;
    this.bySupplier.add(supplier, sign, signed);
    this.byMethod.add(evidence.method, sign, signed);
    this.byGwp.add(calculation.gwp, sign, signed);
    this.#uptakeNano += factor * apportion(calculation.uptakeNanoKgCo2, days);
    this.#removalsNano += factor * apportion(calculation.removalsNanoKgCo2e, days);
    this.#addAmounts(match, days, sign);
    for (const counted of singlesOf(evidence, nano, days)) {
      const amount = { category: line.category, supplier, ...counted };
      if (sign === 1) this.uncertainty.add(amount);
      else this.uncertainty.takeBack(amount);
    }
    if (evidence.method !== "supplier-specific") return;
    this.verifiedMagnitudeNano += magnitude;
    if (evidence.item.sponsored === true) this.sponsoredLines += sign;
    if (evidence.item.covered === true) this.coveredNano += signed;
    if (!evidence.item.final) {
      this.provisionalLines += sign;
      this.provisionalNano += signed;
    }
  }

  /** How much there is of each factor that tells gases: what gases come to is worked out when it is asked for, of sums. */
  #addAmounts({ evidence, calculation }: Counted, days: DayShare | undefined, sign: 1 | -1): void {
    const all = evidence.method === "hybrid" ? evidence.components.map((one) => one.calculation) : [calculation];
    for (const { amount, factor } of all) {
      if (amount === undefined || factor === undefined || factor.gases.length === 0) continue;
      const part = days === undefined ? amount : mul(amount, dayRatio(days));
      const sum = this.#amounts.get(factor) ?? { lines: 0, amount: ZERO };
      sum.lines += sign;
      sum.amount = addAligned(sum.amount, sign === 1 ? part : negate(part));
      if (sum.lines === 0) this.#amounts.delete(factor);
      else this.#amounts.set(factor, sum);
      this.#touched.add(factor);
    }
  }

  /** By gas, of the lines whose evidence tells, in the order of their names: exact sums, each rounded once. */
  gases(): ReadonlyMap<string, GasTotal> {
    // Only what changed since they were last asked for is summed anew: an event costs what it touches.
    for (const factor of this.#touched) this.#sumGases(factor);
    this.#touched.clear();
    const entries = [...this.#gases].map(([gas, { withoutMass, kg, kgCo2e }]): [string, GasTotal] => [
      gas,
      { ...(withoutMass === 0 ? { nanoKg: toNanoKg(kg) } : {}), nanoKgCo2e: toNanoKg(kgCo2e) },
    ]);
    return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Brings the sums by gas up to the factor's amount. */
  #sumGases(factor: FactorValue): void {
    const { amount } = this.#amounts.get(factor) ?? {};
    const summed = this.#summed.get(factor);
    const change = sub(amount ?? ZERO, summed ?? ZERO);
    const uses = (amount === undefined ? 0 : 1) - (summed === undefined ? 0 : 1);
    for (const { gas, kg, kgCo2e } of factor.gases) {
      const sum = this.#gases.get(gas) ?? { uses: 0, withoutMass: 0, kg: ZERO, kgCo2e: ZERO };
      sum.uses += uses;
      sum.kgCo2e = addAligned(sum.kgCo2e, mul(change, kgCo2e));
      if (kg === undefined) sum.withoutMass += uses;
      else sum.kg = addAligned(sum.kg, mul(change, kg));
      if (sum.uses === 0) this.#gases.delete(gas);
      else this.#gases.set(gas, sum);
    }
    if (amount === undefined) this.#summed.delete(factor);
    else this.#summed.set(factor, amount);
  }

  #biogenicNano(): bigint {
    let kg = ZERO;
    for (const [{ biogenicKgCo2 }, { amount }] of this.#amounts) {
      if (biogenicKgCo2.n !== 0n) kg = addAligned(kg, mul(amount, biogenicKgCo2));
    }
    return toNanoKg(kg);
  }

  /** What stands beside the total. */
  apart(): ApartTotals {
    return {
      biogenicNanoKgCo2: this.#biogenicNano(),
      uptakeNanoKgCo2: this.#uptakeNano,
      removalsNanoKgCo2e: this.#removalsNano,
      accounts: this.#accounts.sorted(),
    };
  }
}

/** The evidence of a line that is one thing each; the components of a line are apportioned as the line is. */
function* singlesOf(
  evidence: EvidenceUse,
  nanoKgCo2e: bigint,
  days: DayShare | undefined,
): Generator<{ readonly nanoKgCo2e: bigint; readonly evidence: SingleUse }> {
  if (evidence.method !== "hybrid") {
    yield { nanoKgCo2e, evidence };
    return;
  }
  for (const component of evidence.components) {
    yield { nanoKgCo2e: apportion(component.calculation.nanoKgCo2e, days), evidence: component.evidence };
  }
}

/** A gas over all factors. */
interface GasSum {
  uses: number;
  /** Factors of which only CO2e of it is known. */
  withoutMass: number;
  kg: Rational;
  kgCo2e: Rational;
}

type Counted = Extract<LineMatch, { kind: "counted" }>;

interface Sum {
  lines: number;
  nanoKgCo2e: bigint;
}

/** Sums by key; a key without lines does not exist. */
class GroupSums<K extends number | string> {
  readonly #sums = new Map<K, Sum>();

  add(key: K, lines: number, nanoKgCo2e: bigint): void {
    const sum = this.#sums.get(key) ?? { lines: 0, nanoKgCo2e: 0n };
    sum.lines += lines;
    sum.nanoKgCo2e += nanoKgCo2e;
    if (sum.lines === 0) this.#sums.delete(key);
    else this.#sums.set(key, sum);
  }

  /** A copy, in the order of the keys. */
  sorted(): ReadonlyMap<K, GroupTotal> {
    const entries = [...this.#sums].map(([key, sum]) => [key, { ...sum }] as const);
    return new Map(entries.sort(([a], [b]) => (a === b ? 0 : a < b ? -1 : 1)));
  }
}

const SPEND_BASIS = { currency: "USD", year: 2022 } as const;

function spendMicroOf({ amount, currency, date }: LineResult["line"], rates: RateSet | undefined): bigint | undefined {
  if (amount === undefined || currency === undefined || rates === undefined) return undefined;
  try {
    return roundHalfEven(toBasis(rates, amount, currency, Number(date.slice(0, 4)), SPEND_BASIS).value, 6);
  } catch (error) {
    if (isTallyError(error)) return undefined; // no rate for this currency or year: outside the share, not zero
    throw error;
  }
}
