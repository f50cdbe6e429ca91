import { toNanoKg } from "../exact/nano.ts";
import { mul, type Rational } from "../exact/rational.ts";
import type { FactorValue } from "./factor-value.ts";
import type { Step } from "./step.ts";

/** One gas's part of a figure: each rounded by itself, and so never to be summed to the figure again. */
export interface GasFigure {
  readonly gas: string;
  /** 10⁻⁹ kg of the gas itself; absent where only CO2e of it is known. */
  readonly nanoKg?: bigint;
  /** 10⁻⁹ kg CO2e. */
  readonly nanoKgCo2e: bigint;
}

/** A figure, and how it follows. */
export interface Calculation {
  /** kg CO2e, exactly, before rounding. */
  readonly kgCo2e: Rational;
  /** How much there is, exactly, of what its one factor is per; absent where there is no factor, or several. */
  readonly amount?: Rational;
  /** What that one factor comes to: one object for all figures that rest on it. */
  readonly factor?: FactorValue;
  /** Integer 10⁻⁹ kg CO2e: the exact result, rounded once, half to even. */
  readonly nanoKgCo2e: bigint;
  /** By gas; empty where the evidence gives CO2e alone. */
  readonly gases: readonly GasFigure[];
  /** CO2 of biomass, 10⁻⁹ kg: apart from the figure. */
  readonly biogenicNanoKgCo2: bigint;
  /** CO2 taken up by biomass, 10⁻⁹ kg, at most 0: apart from the figure. */
  readonly uptakeNanoKgCo2: bigint;
  /** Removals that the evidence says are in the figure, 10⁻⁹ kg CO2e, at most 0: shown, not subtracted again. */
  readonly removalsNanoKgCo2e: bigint;
  /** The GWPs that the figure is under: "AR5", "AR4 as published", or what a footprint states. */
  readonly gwp: string;
  /** In the figures as given: "1250 lb as kg ÷ 1 kg × 6.715 kg CO2e". Made when asked for. */
  readonly formula: string;
  /** Exact intermediate results, the last one before rounding. Made when asked for. */
  readonly steps: readonly Step[];
}

/**
 * How a figure is told to people, from what it was computed of. Made on demand: a million lines are summed and a few are explained, so a
 * figure keeps a reference to what it came of and no text.
 */
export interface Story<C> {
  formula(of: C, factor: FactorValue): string;
  steps(of: C, factor: FactorValue, amount: Rational): readonly Step[];
}

const NO_GASES: readonly GasFigure[] = [];

/** Figures that come of an amount of something and a factor per one of it. */
export class FactorCalculation<C> implements Calculation {
  readonly nanoKgCo2e: bigint;
  readonly amount: Rational;
  readonly factor: FactorValue;
  readonly #story: Story<C>;
  readonly #of: C;

  /** @param amount in the factor's denominator */
  constructor(amount: Rational, factor: FactorValue, story: Story<C>, of: C) {
    this.amount = amount;
    this.factor = factor;
    this.#story = story;
    this.#of = of;
    this.nanoKgCo2e = toNanoKg(this.kgCo2e);
  }

  get kgCo2e(): Rational {
    return mul(this.amount, this.factor.kgCo2e);
  }

  get gases(): readonly GasFigure[] {
    const { gases } = this.factor;
    if (gases.length === 0) return NO_GASES;
    return gases.map(({ gas, kg, kgCo2e }) => ({
      gas,
      ...(kg === undefined ? {} : { nanoKg: toNanoKg(mul(this.amount, kg)) }),
      nanoKgCo2e: toNanoKg(mul(this.amount, kgCo2e)),
    }));
  }

  get biogenicNanoKgCo2(): bigint {
    const { biogenicKgCo2 } = this.factor;
    return biogenicKgCo2.n === 0n ? 0n : toNanoKg(mul(this.amount, biogenicKgCo2));
  }

  get uptakeNanoKgCo2(): bigint {
    return 0n;
  }

  get removalsNanoKgCo2e(): bigint {
    return 0n;
  }

  get gwp(): string {
    return this.factor.gwp;
  }

  get formula(): string {
    return this.#story.formula(this.#of, this.factor);
  }

  get steps(): readonly Step[] {
    return this.#story.steps(this.#of, this.factor, this.amount);
  }
}
