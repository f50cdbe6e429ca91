import { isMoneyDenominator, unitOf } from "@tallystick/contracts";
import { type CataloguedFactor, type FactorCatalogue, versionName } from "./catalogue.ts";
import { containersOf, placeName, REST_OF_WORLD, WORLD } from "./geography.ts";
import {
  FALLBACK_STEPS,
  type FactorQuery,
  type FallbackStep,
  type RejectedFactor,
  type Selection,
  type SelectionPolicy,
} from "./selection.ts";

// docs/protocol.md, section Selection: SEL-1 to SEL-9. What is done here is done in the order stated there.

/** A candidate that no rule rejects, with how far it is from what was asked. */
interface Viable {
  readonly factor: CataloguedFactor;
  readonly steps: readonly FallbackStep[];
  /** Containers passed on the way to its place. */
  readonly placeDistance: number;
  /** Days between the date and the set's validity. */
  readonly dayDistance: number;
  /** Place of its set in the policy. */
  readonly priority: number;
}

interface Rejection {
  readonly rule: string;
  readonly detail?: string;
}

/**
 * Chooses the factor for a query, or refuses. Pure: the answer depends on the query, the policy and the set of factors alone, never on the
 * order in which they came.
 *
 * @throws GEOGRAPHY_UNKNOWN for the query's own place
 */
export function selectFactor(query: FactorQuery, policy: SelectionPolicy, catalogue: FactorCatalogue): Selection {
  const { factors, places } = catalogue.rowsOf(query.activity);
  if (factors.length === 0) return { kind: "refused", rule: "no-factor", rejected: [] };
  const rejected: RejectedFactor[] = [];
  const reject = (factor: CataloguedFactor, { rule, detail }: Rejection): void => {
    rejected.push({ factor: placed(factor), rule, ...(detail === undefined ? {} : { detail }) });
  };
  let viable: Viable[] = [];
  for (const factor of factors) {
    const judged = judge(factor, query, policy, places.get(versionName(factor.set)) ?? new Set());
    if ("rule" in judged) reject(factor, judged);
    else viable.push(judged);
  }
  viable = namedByKey(viable, query, reject);
  viable = withoutSuperseded(viable, catalogue, reject);
  const [best, ...others] = viable.sort((a, b) => compare(a, b, policy));
  const ordered = (): readonly RejectedFactor[] => rejected.sort(byName);
  if (best === undefined) return { kind: "refused", rule: "all-rejected", rejected: ordered() };
  const rivals = others.filter((other) => compare(best, other, policy) === 0);
  if (rivals.length > 0) {
    const names = [best, ...rivals].map(({ factor }) => nameOf(factor)).sort();
    for (const { factor } of viable) reject(factor, { rule: "ambiguous", detail: names.join(", ") });
    return { kind: "refused", rule: "ambiguous", rejected: ordered() };
  }
  for (const other of others) reject(other.factor, { rule: "farther", detail: other.steps.join(", ") || "EXACT" });
  return { kind: "selected", factor: placed(best.factor), steps: best.steps, rejected: ordered() };
}

function judge(
  factor: CataloguedFactor,
  query: FactorQuery,
  policy: SelectionPolicy,
  placesOfSet: ReadonlySet<string>,
): Viable | Rejection {
  const { set, row } = factor;
  const priority = policy.sets.findIndex(({ id, version = set.version }) => id === set.id && version === set.version);
  if (priority < 0) return { rule: "set-not-in-policy", detail: versionName(set) };
  if (factor.withdrawn) return { rule: "set-withdrawn", detail: versionName(set) };
  if (row.kind !== "value" && row.kind !== "by-gas") return { rule: `factor-is-${row.kind}` };
  const wrongUnit = unitRejection(query, row.denominator);
  if (wrongUnit !== undefined) return wrongUnit;
  const quality = qualityRejection(factor, policy);
  if (quality !== undefined) return quality;
  const place = placeOf(query, factor, placesOfSet);
  if ("rule" in place) return place;
  const time = timeOf(query, factor, policy);
  if ("rule" in time) return time;
  const steps: FallbackStep[] = [...place.steps, ...time.steps];
  if (query.boundary !== undefined && query.boundary !== row.boundary) steps.push("boundary:other");
  if (query.technology !== undefined && query.technology !== row.technology) steps.push("technology:other");
  const refused = steps.find((step) => !policy.fallbacks.includes(step));
  if (refused !== undefined) return { rule: "step-not-allowed", detail: refused };
  return { factor, steps, placeDistance: place.distance, dayDistance: time.distance, priority };
}

function unitRejection({ per }: FactorQuery, denominator: string): Rejection | undefined {
  const isMoney = isMoneyDenominator(denominator);
  if (isMoney !== (per.kind === "money")) return { rule: "factor-of-other-method", detail: `per ${denominator}` };
  if (per.kind === "money") return undefined;
  const { measures } = unitOf(denominator);
  return measures === per.measures
    ? undefined
    : { rule: "unit-incompatible", detail: `per ${denominator}, not ${per.measures}` };
}

function qualityRejection(
  { row: { quality } }: CataloguedFactor,
  { worstQuality = {} }: SelectionPolicy,
): Rejection | undefined {
  const limits = Object.entries(worstQuality);
  if (limits.length === 0) return undefined;
  const limit = quality === undefined ? undefined : limits.find(([scheme]) => scheme === quality.scheme);
  if (quality === undefined || limit === undefined) return { rule: "quality-unknown" };
  // A score that is missing is the worst, whatever the limit.
  const worst = Object.entries(quality.scores).find(([, score]) => score === null || score > limit[1]);
  return worst === undefined ? undefined : { rule: "quality-too-low", detail: `${worst[0]}: ${worst[1] ?? "missing"}` };
}

interface Distance {
  readonly steps: readonly FallbackStep[];
  readonly distance: number;
}

const HERE: Distance = { steps: [], distance: 0 };

function placeOf(
  query: FactorQuery,
  { row }: CataloguedFactor,
  placesOfSet: ReadonlySet<string>,
): Distance | Rejection {
  const { geography } = query;
  const place = placeName(row.geography);
  if (geography === undefined) {
    // A key names one factor, and with it the place that it is of.
    if (row.key === query.activity || place === placeName(WORLD)) return HERE;
    return { rule: "geography-not-stated", detail: place };
  }
  if (place === placeName(geography)) return HERE;
  const containers = containersOf(geography);
  if (place === placeName(REST_OF_WORLD)) {
    const covered = [{ geography }, ...containers.filter(({ step }) => step !== "geography:world")].find((one) =>
      placesOfSet.has(placeName(one.geography)),
    );
    if (covered === undefined) return { steps: ["geography:rest-of-world"], distance: containers.length };
    return { rule: "not-rest-of-world", detail: placeName(covered.geography) };
  }
  const at = containers.findIndex((container) => placeName(container.geography) === place);
  const container = containers[at];
  if (container === undefined) return { rule: "geography-elsewhere", detail: place };
  return { steps: [container.step], distance: at + 1 };
}

function timeOf(
  query: FactorQuery,
  { set, row }: CataloguedFactor,
  { maxAgeYears }: SelectionPolicy,
): Distance | Rejection {
  const { date, periodEnd = date } = query;
  const dataStart = row.dataPeriod?.start ?? set.validFrom;
  const dataEnd = row.dataPeriod?.end ?? set.validTo ?? set.validFrom;
  if (dataStart > periodEnd || set.validFrom > date) {
    return { steps: ["time:later"], distance: daysBetween(date, dataStart > date ? dataStart : set.validFrom) };
  }
  if (set.validTo === undefined || date <= set.validTo) return HERE;
  if (maxAgeYears !== undefined && daysBetween(dataEnd, date) > maxAgeYears * DAYS_A_YEAR) {
    return { rule: "too-old", detail: `data end on ${dataEnd}` };
  }
  return { steps: ["time:older"], distance: daysBetween(set.validTo, date) };
}

const DAYS_A_YEAR = 365.25;

function daysBetween(from: string, to: string): number {
  return Math.max(0, (Date.parse(to) - Date.parse(from)) / 86_400_000);
}

/** A query by a key is about that factor, and about others of its activity only where there is none of that key. */
function namedByKey(
  viable: readonly Viable[],
  { activity }: FactorQuery,
  reject: (factor: CataloguedFactor, rejection: Rejection) => void,
): Viable[] {
  if (!viable.some(({ factor }) => factor.row.key === activity)) return [...viable];
  return viable.filter(({ factor }) => {
    if (factor.row.key === activity) return true;
    reject(factor, { rule: "other-key", detail: factor.row.key });
    return false;
  });
}

/**
 * Where the policy leaves the version open and two would do, the one that the other replaces is out: its publisher said so, and nobody
 * guesses. A policy that names both has said itself which comes first.
 */
function withoutSuperseded(
  viable: readonly Viable[],
  catalogue: FactorCatalogue,
  reject: (factor: CataloguedFactor, rejection: Rejection) => void,
): Viable[] {
  return viable.filter((one) => {
    const later = viable.find(
      (other) =>
        other.priority === one.priority &&
        other.steps.every((step) => !step.startsWith("time:")) &&
        other.factor.row.key === one.factor.row.key &&
        catalogue.supersedes(other.factor.set, one.factor.set),
    );
    if (later === undefined) return true;
    reject(one.factor, { rule: "superseded", detail: versionName(later.factor.set) });
    return false;
  });
}

/** Fewer steps first, then milder ones, the nearer place, the nearer time, the policy's order of sets. */
function compare(a: Viable, b: Viable, { fallbacks }: SelectionPolicy): number {
  const mildness = ({ steps }: Viable): number[] => steps.map((step) => fallbacks.indexOf(step)).sort((x, y) => y - x);
  const [stepsA, stepsB] = [mildness(a), mildness(b)];
  return (
    a.steps.length - b.steps.length ||
    stepsA.reduce((order, step, at) => order || step - (stepsB[at] ?? 0), 0) ||
    a.placeDistance - b.placeDistance ||
    a.dayDistance - b.dayDistance ||
    a.priority - b.priority
  );
}

const placed = ({ set, row, index }: CataloguedFactor): { set: typeof set; row: typeof row; index: number } => ({
  set,
  row,
  index,
});
const nameOf = ({ set, row }: Pick<CataloguedFactor, "set" | "row">): string => `${versionName(set)}#${row.key}`;

function byName(a: RejectedFactor, b: RejectedFactor): number {
  const [left, right] = [nameOf(a.factor), nameOf(b.factor)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** True for a text that names a step. */
export function isFallbackStep(text: string): text is FallbackStep {
  return (FALLBACK_STEPS as readonly string[]).includes(text);
}
