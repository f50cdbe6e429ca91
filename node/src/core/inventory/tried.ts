import type { Calculation, LedgerComponent } from "@tallystick/contracts";
import type { Selection } from "@tallystick/registry";
import { factorName } from "./factor-library.ts";
import type { PassedOver } from "./inventory.ts";
import type { Method } from "./inventory-policy.ts";
import type { ComponentUse, CountedLine, EvidenceUse, UnsupportedLine } from "./line-match.ts";

/** What a selection rejected, by the method that asked: named one by one only when somebody reads it. */
export interface RejectedFactors {
  readonly method: Method;
  readonly selection: Selection;
}

/** Evidence that a line can be counted on, and its figure. */
export interface Usable<E extends EvidenceUse = EvidenceUse> {
  readonly evidence: E;
  readonly calculation: Calculation;
}

/** What was tried for a line before what counts, or instead of it, in the order of trying. */
export type Tried = (PassedOver | RejectedFactors)[];

const rulesAlone = new Map<string, PassedOver>();

/** A rule that says all by itself is one object, however many lines it is about. */
export function ruleAlone(method: Method, rule: string): PassedOver {
  const name = `${method} ${rule}`;
  const known = rulesAlone.get(name);
  if (known !== undefined) return known;
  const made = { method, rule };
  rulesAlone.set(name, made);
  return made;
}

function passedOverOf(tried: Readonly<Tried>): readonly PassedOver[] {
  return tried.flatMap((one) => {
    if (!("selection" in one)) return [one];
    const { method, selection } = one;
    return selection.rejected.map(({ factor, rule, detail }): PassedOver => {
      const candidate = factorName(factor.set, factor.row.key);
      return { method, candidate, rule, ...(detail === undefined ? {} : { detail }) };
    });
  });
}

abstract class WithTried {
  readonly tried: Readonly<Tried>;

  constructor(tried: Readonly<Tried>) {
    this.tried = tried;
  }

  get passedOver(): readonly PassedOver[] {
    return passedOverOf(this.tried);
  }
}

/** As `CountedLine`, with what was tried kept as it came. */
export class Counted extends WithTried implements CountedLine {
  readonly kind = "counted";
  readonly evidence: EvidenceUse;
  readonly calculation: Calculation;

  constructor({ evidence, calculation }: Usable, tried: Readonly<Tried>) {
    super(tried);
    this.evidence = evidence;
    this.calculation = calculation;
  }
}

/** As `UnsupportedLine`. */
export class Unsupported extends WithTried implements UnsupportedLine {
  readonly kind = "unsupported";
}

/** As `ComponentUse`. */
export class CountedComponent extends WithTried implements ComponentUse {
  readonly id: string;
  readonly part: string;
  readonly evidence: ComponentUse["evidence"];
  readonly calculation: Calculation;

  constructor(
    { id, part = id }: LedgerComponent,
    { evidence, calculation }: Usable<ComponentUse["evidence"]>,
    tried: Readonly<Tried>,
  ) {
    super(tried);
    this.id = id;
    this.part = part;
    this.evidence = evidence;
    this.calculation = calculation;
  }
}

/** Why a line or a component has no evidence, in few words: each rule once. */
export function rulesOf(tried: Readonly<Tried>): string {
  const rules = tried.flatMap((one) => {
    if (!("selection" in one)) return [one.rule];
    return one.selection.rejected.map(({ rule }) => rule);
  });
  return [...new Set(rules)].join(", ");
}
