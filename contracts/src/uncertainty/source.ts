import { FACTOR_KEY } from "../factors/factor-row.ts";
import { origin, slug, version } from "../schema/fields.ts";
import { checkGsd2 } from "./gsd2.ts";

/** Decimals of a logarithm that is summed: sums are integers of 10⁻⁹, so that they can be taken back without a trace. */
export const LN_DECIMALS = 9;

/**
 * One cause of a figure's uncertainty. Figures with a source of one key are wrong together, by what that source gives each: they
 * are fully correlated. Sources of different keys are independent.
 */
export interface UncertaintySource {
  /** "factor:SET@VERSION#KEY", "attestation:ORIGIN#INDEX", "activity:NAME". */
  readonly key: string;
  /** The ln GSD2 that it gives the figure, in 10⁻⁹; negative where what it is about was subtracted. */
  readonly lnGsd2E9: bigint;
}

/** A figure and what it may be wrong by. */
export interface UncertainAmount {
  /** 10⁻⁹ kg CO2e; negative for a return. */
  readonly nanoKg: bigint;
  readonly sources: readonly UncertaintySource[];
}

/** Key of an emission factor. `name` is `SET@VERSION#KEY`, as results call it. */
export function factorSourceKey(name: string): string {
  return `factor:${name}`;
}

/** Key of what an attestation does not say the sources of. */
export function attestationSourceKey(logOrigin: string, index: number): string {
  return `attestation:${logOrigin}#${index}`;
}

/** Key of activity data: a line's id where lines are measured apart, else the name of what measured them together. */
export function activitySourceKey(name: string): string {
  return `activity:${name}`;
}

/** ln GSD2 in 10⁻⁹, rounded. @throws UNCERTAINTY_INVALID */
export function lnGsd2E9(gsd2: number): bigint {
  return BigInt(Math.round(Math.log(checkGsd2(gsd2)) * 10 ** LN_DECIMALS));
}

/** True for a key that means the same at every member: an emission factor's, or an attestation's. */
export function isSharedSourceKey(key: string): boolean {
  const at = key.lastIndexOf("#");
  const [before, after] = [key.slice(0, at), key.slice(at + 1)];
  if (before.startsWith("attestation:")) {
    return /^(0|[1-9]\d{0,15})$/.test(after) && origin.safeParse(before.slice("attestation:".length)).success;
  }
  if (!before.startsWith("factor:")) return false;
  const [id, setVersion, ...more] = before.slice("factor:".length).split("@");
  return (
    more.length === 0 && FACTOR_KEY.test(after) && slug.safeParse(id).success && version.safeParse(setVersion).success
  );
}
