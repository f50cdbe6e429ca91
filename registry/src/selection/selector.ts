import type { FactorCatalogue } from "./catalogue.ts";
import { placeName } from "./geography.ts";
import { selectFactor } from "./select-factor.ts";
import type { FactorQuery, Selection, SelectionPolicy } from "./selection.ts";

/** Most answers that are kept: a ledger of a million lines asks for some thousands of different things. */
const MAX_ANSWERS = 200_000;

/** Selects under one policy from one catalogue, and remembers: the same question has the same answer. */
export class FactorSelector {
  readonly #policy: SelectionPolicy;
  readonly #catalogue: FactorCatalogue;
  readonly #answers = new Map<string, Selection>();

  constructor(policy: SelectionPolicy, catalogue: FactorCatalogue) {
    this.#policy = policy;
    this.#catalogue = catalogue;
  }

  /** @throws GEOGRAPHY_UNKNOWN */
  select(query: FactorQuery): Selection {
    const key = keyOf(query);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = selectFactor(query, this.#policy, this.#catalogue);
    if (this.#answers.size >= MAX_ANSWERS) this.#answers.clear();
    this.#answers.set(key, answer);
    return answer;
  }
}

function keyOf({ activity, geography, date, periodEnd, per, boundary, technology }: FactorQuery): string {
  const place = geography === undefined ? "" : placeName(geography);
  const measures = per.kind === "money" ? "$" : per.measures;
  return `${activity}\n${date}\n${measures}\n${place}\n${periodEnd ?? ""}\n${boundary ?? ""}\n${technology ?? ""}`;
}
