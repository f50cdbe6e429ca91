import { type FactorCatalogue, versionName } from "./catalogue.ts";
import { judgeFactor, type Question, questionOf, type Rejection, type Viable } from "./judge-factor.ts";
import { compareFactors, ruleBehind } from "./order-factors.ts";
import type { FactorQuery, PlacedFactor, RejectedFactor, Selection, SelectionPolicy } from "./selection.ts";

/**
 * Chooses the factor for a query, or refuses: docs/protocol.md, section Selection, SEL-1 to SEL-11. Pure: the answer depends on the query, the
 * policy and the set of factors alone, never on the order in which they came. What it rejected is listed when it is read, each time anew:
 * a ledger asks thousands of questions whose rejected candidates nobody reads.
 *
 * @throws GEOGRAPHY_UNKNOWN for the query's own place
 */
export function selectFactor(query: FactorQuery, policy: SelectionPolicy, catalogue: FactorCatalogue): Selection {
  const question = questionOf(query, policy);
  const viable: Viable[] = [];
  // A row for any other place is rejected for that: there is no need to see it.
  for (const candidate of catalogue.candidatesAt(query.activity, question.reach)) {
    const judged = judgeFactor(candidate, question);
    if (!("rule" in judged)) viable.push(judged);
  }
  const best = viable.reduce<Viable | undefined>(
    (first, one) => (first === undefined || compareFactors(one, first, policy) < 0 ? one : first),
    undefined,
  );
  if (best === undefined) {
    const rule = catalogue.has(query.activity) ? "all-rejected" : "no-factor";
    return refusal(rule, () => rejectedOf(question, catalogue, () => undefined));
  }
  const equals = viable.filter((one) => compareFactors(one, best, policy) === 0);
  const behind = (one: Viable): Rejection | undefined => {
    const rule = ruleBehind(best, one, policy);
    return rule === undefined ? undefined : { rule, detail: one.steps.join(", ") || "EXACT" };
  };
  if (equals.length === 1) {
    const { factor, steps } = best;
    return {
      kind: "selected",
      factor,
      steps,
      get rejected() {
        return rejectedOf(question, catalogue, behind);
      },
    };
  }
  const detail = equals
    .map(({ factor }) => nameOf(factor))
    .sort()
    .join(", ");
  return refusal("ambiguous", () =>
    rejectedOf(question, catalogue, (one) => behind(one) ?? { rule: "ambiguous", detail }),
  );
}

function refusal(rule: string, rejected: () => readonly RejectedFactor[]): Selection {
  return {
    kind: "refused",
    rule,
    get rejected() {
      return rejected();
    },
  };
}

/** Every candidate that a rule rejects, by name; `verdict` on those that are rejected for another's sake alone. */
function rejectedOf(
  question: Question,
  catalogue: FactorCatalogue,
  verdict: (one: Viable) => Rejection | undefined,
): readonly RejectedFactor[] {
  return catalogue
    .candidates(question.query.activity)
    .flatMap((candidate): readonly RejectedFactor[] => {
      const judged = judgeFactor(candidate, question);
      const rejection = "rule" in judged ? judged : verdict(judged);
      return rejection === undefined ? [] : [{ factor: candidate.factor, ...rejection }];
    })
    .sort(byName);
}

const nameOf = ({ set, row }: PlacedFactor): string => `${versionName(set)}#${row.key}`;

function byName(a: RejectedFactor, b: RejectedFactor): number {
  const [left, right] = [nameOf(a.factor), nameOf(b.factor)];
  return left < right ? -1 : left > right ? 1 : 0;
}
