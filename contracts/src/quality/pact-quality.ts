import { z } from "zod";
import { contractError } from "../errors.ts";
import {
  compare,
  div,
  mul,
  PACT_DECIMAL_PATTERN,
  parsePactDecimal,
  type Rational,
  rational,
  sum,
} from "../exact/rational.ts";
import { findingsOf } from "../schema/findings.ts";
import { weightedMean } from "./weights.ts";

/** Ratings of PACT 2.x: 1 good, 2 fair, 3 poor. */
export const PACT2_RATINGS = [
  "technologicalDQR",
  "temporalDQR",
  "geographicalDQR",
  "completenessDQR",
  "reliabilityDQR",
] as const;
/** Ratings of PACT 3.0: 1 best to 5. */
export const PACT3_RATINGS = ["technologicalDQR", "temporalDQR", "geographicalDQR"] as const;

type Ratings<Name extends string> = Readonly<Record<Name, Rational>>;

/**
 * Data quality of a footprint under PACT 2.x. Not that of 3.0 under other names: a 3 is the worst here and the middle there, and the mean
 * is over other inputs.
 */
export interface Pact2Quality {
  readonly scheme: "pact-2";
  /** Per cent of the footprint that the rated inputs make up. */
  readonly coveragePercent: Rational;
  readonly ratings: Ratings<(typeof PACT2_RATINGS)[number]>;
}

/** Data quality of a footprint under PACT 3.0. */
export interface Pact3Quality {
  readonly scheme: "pact-3";
  readonly ratings: Ratings<(typeof PACT3_RATINGS)[number]>;
}

/** An input of a footprint: its emissions, in one unit for all, and the quality of its data. */
export interface RatedInput<Q> {
  readonly emissions: Rational;
  readonly quality: Q;
}

/** An input is rated under PACT 2.x where it is above this part of the footprint. */
const PACT2_THRESHOLD: Rational = rational(5n, 100n);

/**
 * Quality of a footprint under PACT 2.x: the emission-weighted mean over the inputs that are each above 5 % of the footprint, and how much
 * of it these cover.
 * @param footprint emissions of the whole, unrated inputs included
 * @throws QUALITY_SCHEME_MISMATCH for an input rated under 3.0; QUALITY_WEIGHTS_INVALID where no input is above 5 %
 */
export function aggregatePact2(
  inputs: readonly RatedInput<Pick<Pact2Quality, "scheme" | "ratings">>[],
  footprint: Rational,
): Pact2Quality {
  for (const { quality } of inputs) checkScheme("pact-2", quality.scheme);
  if (footprint.n <= 0n) throw contractError("QUALITY_WEIGHTS_INVALID", { reason: "the footprint is not above 0" });
  const threshold = mul(footprint, PACT2_THRESHOLD);
  const rated = inputs.filter(({ emissions }) => compare(emissions, threshold) > 0);
  const covered = div(sum(rated.map(({ emissions }) => emissions)), footprint);
  return {
    scheme: "pact-2",
    coveragePercent: mul(covered, rational(100n)),
    ratings: meanRatings(PACT2_RATINGS, rated),
  };
}

/**
 * Quality of a footprint under PACT 3.0: the emission-weighted mean over all inputs.
 * @throws QUALITY_SCHEME_MISMATCH for an input rated under 2.x; QUALITY_WEIGHTS_INVALID for negative emissions, or none
 */
export function aggregatePact3(inputs: readonly RatedInput<Pact3Quality>[]): Pact3Quality {
  for (const { quality } of inputs) checkScheme("pact-3", quality.scheme);
  return { scheme: "pact-3", ratings: meanRatings(PACT3_RATINGS, inputs) };
}

function meanRatings<Name extends string>(
  names: readonly Name[],
  inputs: readonly RatedInput<{ readonly ratings: Ratings<Name> }>[],
): Ratings<Name> {
  const mean = (name: Name): Rational =>
    weightedMean(inputs.map(({ emissions, quality }) => ({ weight: emissions, value: quality.ratings[name] })));
  return Object.fromEntries(names.map((name) => [name, mean(name)])) as Ratings<Name>;
}

/** The types say it already; this is for what comes from outside them. */
function checkScheme(expected: string, found: string): void {
  if (found !== expected) throw contractError("QUALITY_SCHEME_MISMATCH", { expected, found });
}

const rating2 = z.number().min(1).max(3);
const pact2Schema = z.looseObject({
  coveragePercent: z.number().min(0).max(100),
  technologicalDQR: rating2,
  temporalDQR: rating2,
  geographicalDQR: rating2,
  completenessDQR: rating2,
  reliabilityDQR: rating2,
});

const rating3 = z.string().max(80).regex(PACT_DECIMAL_PATTERN, { error: "not a decimal", abort: true });
const pact3Schema = z.looseObject({ technologicalDQR: rating3, temporalDQR: rating3, geographicalDQR: rating3 });

/** What only a 2.x `dqi` has. */
const PACT2_ONLY = ["coveragePercent", "completenessDQR", "reliabilityDQR"] as const;

/**
 * The `dqi` of a PACT 2.x footprint: JSON numbers from 1 to 3.
 * @throws QUALITY_SCHEME_MISMATCH for the `dqi` of a 3.0 footprint; QUALITY_SCORE_INVALID; DECIMAL_INVALID
 */
export function parsePact2Quality(dqi: unknown): Pact2Quality {
  checkScheme("pact-2", schemeOf(dqi));
  const parsed = pact2Schema.safeParse(dqi);
  if (!parsed.success) throw scoreInvalid("pact-2", dqi, parsed.error);
  const of = (name: (typeof PACT2_RATINGS)[number]): Rational => parsePactDecimal(String(parsed.data[name]));
  return {
    scheme: "pact-2",
    coveragePercent: parsePactDecimal(String(parsed.data.coveragePercent)),
    ratings: Object.fromEntries(PACT2_RATINGS.map((name) => [name, of(name)])) as Pact2Quality["ratings"],
  };
}

/**
 * The `dqi` of a PACT 3.0 footprint: text of decimals from 1 to 5.
 * @throws QUALITY_SCHEME_MISMATCH for the `dqi` of a 2.x footprint; QUALITY_SCORE_INVALID; DECIMAL_INVALID
 */
export function parsePact3Quality(dqi: unknown): Pact3Quality {
  checkScheme("pact-3", schemeOf(dqi));
  const parsed = pact3Schema.safeParse(dqi);
  if (!parsed.success) throw scoreInvalid("pact-3", dqi, parsed.error);
  const ratings = PACT3_RATINGS.map((name) => {
    const text = parsed.data[name];
    const value = parsePactDecimal(text);
    if (compare(value, rational(1n)) < 0 || compare(value, rational(5n)) > 0) {
      throw contractError("QUALITY_SCORE_INVALID", { scheme: "pact-3", indicator: name, score: text });
    }
    return [name, value] as const;
  });
  return { scheme: "pact-3", ratings: Object.fromEntries(ratings) as Pact3Quality["ratings"] };
}

/** By what tells the two apart: numbers or text, and the properties that 3.0 dropped. */
function schemeOf(dqi: unknown): string {
  if (typeof dqi !== "object" || dqi === null) return "none";
  if (PACT2_ONLY.some((name) => name in dqi)) return "pact-2";
  const { technologicalDQR } = dqi as { technologicalDQR?: unknown };
  return typeof technologicalDQR === "number" ? "pact-2" : "pact-3";
}

function scoreInvalid(scheme: string, dqi: unknown, error: z.ZodError): Error {
  const indicator = findingsOf(error)[0]?.path ?? "";
  const score = (dqi as Readonly<Record<string, unknown>>)[indicator];
  return contractError("QUALITY_SCORE_INVALID", { scheme, indicator, score: String(score).slice(0, 80) });
}
