import { formatNanoKg, toNanoKg } from "../exact/nano.ts";
import type { Rational } from "../exact/rational.ts";
import type { CalculationRequest } from "./calculation-document.ts";
import type { Step } from "./step.ts";

/** What a calculation came to. Masses are kg with nine decimals; `exact` is the unrounded value, a decimal or a fraction. */
export interface CalculationResult {
  readonly id: string;
  readonly kind: CalculationRequest["kind"];
  readonly kgCo2e?: string;
  readonly exact?: string;
  /** By heading, each rounded by itself; of an allocation they add up exactly. */
  readonly parts?: Readonly<Record<string, string>>;
  /** Reported apart from the total, and never netted with it. */
  readonly accounts?: Readonly<Record<string, string>>;
  readonly gases?: Readonly<Record<string, { readonly kg?: string; readonly kgCo2e: string }>>;
  readonly biogenicKgCo2?: string;
  /** The GWPs that the figure is under, each once: "AR5", "as given" of factors that name none, "as reported" of emissions. */
  readonly gwp?: string;
  /** Of what is no mass: a score, a ratio, a spread. */
  readonly value?: string;
  readonly unit?: string;
  readonly formula?: string;
  readonly steps?: readonly Step[];
}

/** A calculation that could not be done, by the code of the reason. */
export interface CalculationRefusal {
  readonly id: string;
  readonly error: { readonly code: string; readonly details: object };
}

/** Kilograms with nine decimals, rounded half to even. */
export const kgText = (kg: Rational): string => formatNanoKg(toNanoKg(kg));

/** A map as an object. */
export function recordOf<V, T>(map: ReadonlyMap<string, V>, format: (value: V) => T): Record<string, T> {
  // A heading may be called `__proto__`: fromEntries defines properties and never sets one.
  return Object.fromEntries([...map].map(([key, value]) => [key, format(value)]));
}
