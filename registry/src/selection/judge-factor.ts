import { isMoneyDenominator, unitOf } from "@tallystick/contracts";
import { type Candidate, type CataloguedSet, versionName } from "./catalogue.ts";
import { type Container, containersOf, placeName, REST_OF_WORLD, WORLD } from "./geography.ts";
import { activityOf } from "./indexed-rows.ts";
import { scoreBeyond } from "./quality-limit.ts";
import type { FactorQuery, FallbackStep, PlacedFactor, SelectionPolicy } from "./selection.ts";

/** A query with its place looked up, and what a policy says: all that a candidate is judged by. */
export interface Question {
  readonly query: FactorQuery;
  readonly policy: SelectionPolicy;
  /** Absent where the query states no place. */
  readonly place?: Place;
  /** Names of the places of which a row may be, so as not to be rejected for its place. */
  readonly reach: readonly string[];
}

/** A query's place and what is around it. */
interface Place {
  readonly name: string;
  readonly containers: readonly Container[];
  /** The containers by their names. */
  readonly around: ReadonlyMap<string, Distance>;
}

/** How far something is from what was asked: steps that need the policy's leave, and a number to compare by. */
interface Distance {
  readonly steps: readonly FallbackStep[];
  readonly distance: number;
}

/** A candidate that no rule rejects, with how far it is from what was asked. */
export interface Viable {
  readonly factor: PlacedFactor;
  readonly steps: readonly FallbackStep[];
  /** Containers passed on the way to its place. */
  readonly placeDistance: number;
  readonly hasKey: boolean;
  /** Days between the date and the validity of its set, or its data. */
  readonly dayDistance: number;
  /** Place of its set in the policy. */
  readonly priority: number;
}

/** The rule that rejects a candidate. */
export interface Rejection {
  readonly rule: string;
  readonly detail?: string;
}

const WORLD_NAME = placeName(WORLD);
const REST_OF_WORLD_NAME = placeName(REST_OF_WORLD);
const HERE: Distance = { steps: [], distance: 0 };
const WHOLE_WORLD: readonly string[] = [WORLD_NAME];

/** By the containers, which are one object for a place: there are some thousand places. */
const places = new WeakMap<readonly Container[], Required<Pick<Question, "place" | "reach">>>();

/** @throws GEOGRAPHY_UNKNOWN for the query's own place */
export function questionOf(query: FactorQuery, policy: SelectionPolicy): Question {
  if (query.geography === undefined) return { query, policy, reach: WHOLE_WORLD };
  const containers = containersOf(query.geography);
  const known = places.get(containers);
  if (known !== undefined) return { query, policy, ...known };
  const name = placeName(query.geography);
  const around = new Map(
    containers.map(({ geography, step }, at) => [placeName(geography), { steps: [step], distance: at + 1 }]),
  );
  const made = { place: { name, containers, around }, reach: [name, ...around.keys(), REST_OF_WORLD_NAME] };
  places.set(containers, made);
  return { query, policy, ...made };
}

/** Judges one candidate by itself. The first rule that rejects it is the one that is named, in the order of SEL-11. */
export function judgeFactor({ factor, of }: Candidate, question: Question): Viable | Rejection {
  const { query, policy } = question;
  const { set, row } = factor;
  // SEL-1: what the policy names, and its maintainers have not withdrawn.
  const priority = policy.sets.findIndex(({ id, version = set.version }) => id === set.id && version === set.version);
  if (priority < 0) return { rule: "set-not-in-policy", detail: versionName(set) };
  if (of.withdrawn) return { rule: "set-withdrawn", detail: versionName(set) };
  // SEL-7: where the policy leaves the version open, the publisher has said which one it is.
  if (policy.sets[priority]?.version === undefined) {
    const replaced = replacedFor(query.date, of, row.key);
    if (replaced !== undefined) return replaced;
  }
  // SEL-2: a number, per what was asked for.
  if (row.kind !== "value" && row.kind !== "by-gas") return { rule: `factor-is-${row.kind}` };
  const wrongUnit = unitRejection(query, row.denominator);
  if (wrongUnit !== undefined) return wrongUnit;
  // SEL-8
  const poor = qualityRejection(factor, policy);
  if (poor !== undefined) return poor;
  // SEL-4, SEL-5
  const place = placeOf(factor, of, question);
  if ("rule" in place) return place;
  // SEL-6
  const time = timeOf(factor, query, policy);
  if ("rule" in time) return time;
  // SEL-3
  const steps: FallbackStep[] = [...place.steps, ...time.steps];
  if (query.boundary !== undefined && query.boundary !== row.boundary) steps.push("boundary:other");
  if (query.technology !== undefined && query.technology !== row.technology) steps.push("technology:other");
  const refused = steps.find((step) => !policy.fallbacks.includes(step));
  if (refused !== undefined) return { rule: "step-not-allowed", detail: refused };
  const hasKey = row.key === query.activity;
  return { factor, steps, placeDistance: place.distance, hasKey, dayDistance: time.distance, priority };
}

/**
 * A version is out for a date to which one that replaces it stands as it does: both valid, or both over, or yet to come, by as many days. A
 * row is out once a version that has come withdraws it; one that merely lacks it leaves it to the policy's `time:older`.
 */
function replacedFor(date: string, of: CataloguedSet, key: string): Rejection | undefined {
  for (const later of of.replacements) {
    if (daysPast(later.set, date) === daysPast(of.set, date)) {
      return { rule: "superseded", detail: versionName(later.set) };
    }
    if (later.set.validFrom <= date && later.rows.withdraws(key)) {
      return { rule: "withdrawn-later", detail: versionName(later.set) };
    }
  }
  return undefined;
}

function unitRejection({ per }: FactorQuery, denominator: string): Rejection | undefined {
  const isMoney = isMoneyDenominator(denominator);
  if (isMoney !== (per.kind === "money")) return { rule: "factor-of-other-method", detail: `per ${denominator}` };
  if (per.kind === "money" || unitOf(denominator).measures === per.measures) return undefined;
  return { rule: "unit-incompatible", detail: `per ${denominator}, not ${per.measures}` };
}

function qualityRejection(
  { row: { quality } }: PlacedFactor,
  { worstQuality }: SelectionPolicy,
): Rejection | undefined {
  if (worstQuality === undefined || Object.keys(worstQuality).length === 0) return undefined;
  const limit =
    quality !== undefined && Object.hasOwn(worstQuality, quality.scheme) ? worstQuality[quality.scheme] : undefined;
  if (quality === undefined || limit === undefined) return { rule: "quality-unknown" };
  const beyond = scoreBeyond(quality, limit);
  return beyond === undefined ? undefined : { rule: "quality-too-low", detail: beyond };
}

function placeOf({ row }: PlacedFactor, { rows }: CataloguedSet, { query, place }: Question): Distance | Rejection {
  const name = placeName(row.geography);
  if (place === undefined) {
    // A key names one factor, and with it the place that it is of.
    if (row.key === query.activity || name === WORLD_NAME) return HERE;
    return { rule: "geography-not-stated", detail: name };
  }
  if (name === place.name) return HERE;
  if (name === REST_OF_WORLD_NAME) {
    const covered = rows.coveredBy(activityOf(row), place.name, place.containers);
    if (covered === undefined) return { steps: ["geography:rest-of-world"], distance: place.containers.length };
    return { rule: "not-rest-of-world", detail: covered.by };
  }
  return place.around.get(name) ?? { rule: "geography-elsewhere", detail: name };
}

function timeOf(
  { set, row }: PlacedFactor,
  query: FactorQuery,
  { maxAgeYears }: SelectionPolicy,
): Distance | Rejection {
  const { date, periodEnd = date } = query;
  const { start = set.validFrom, end = set.validTo ?? set.validFrom } = row.dataPeriod ?? {};
  if (start > periodEnd || set.validFrom > date) {
    return { steps: ["time:later"], distance: Math.max(-daysPast(set, date), daysBetween(date, start)) };
  }
  const distance = daysPast(set, date);
  if (distance === 0) return HERE;
  if (maxAgeYears !== undefined && date > yearsAfter(end, maxAgeYears)) {
    return { rule: "too-old", detail: `data end on ${end}` };
  }
  return { steps: ["time:older"], distance };
}

/** Days by which a set's validity is over on a date; negative where it is yet to begin. */
function daysPast({ validFrom, validTo }: CataloguedSet["set"], date: string): number {
  if (date < validFrom) return -daysBetween(date, validFrom);
  return validTo === undefined || date <= validTo ? 0 : daysBetween(validTo, date);
}

/** 0 where `to` comes before `from`. */
function daysBetween(from: string, to: string): number {
  return to <= from ? 0 : (Date.parse(to) - Date.parse(from)) / 86_400_000;
}

/** The same day so many years later, as text to compare with: in a year that has none, 29 February is after the 28th and before 1 March. */
function yearsAfter(date: string, years: number): string {
  return `${String(Number(date.slice(0, 4)) + years).padStart(4, "0")}${date.slice(4)}`;
}
