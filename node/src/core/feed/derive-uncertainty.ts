import {
  activitySourceKey,
  type ContractErrors,
  calculateSupplierSpecific,
  contractError,
  type DataModelExtension,
  type EntryRef,
  expandDrivers,
  type FactorRow,
  type Finding,
  formatUncertainty,
  isZero,
  type KnownSources,
  mul,
  type ProductFootprint,
  parseDecimal,
  parsePactDecimal,
  type Rational,
  rational,
  sourcesOf,
  toNanoKg,
  UNCERTAINTY_SCHEMA,
  type UncertainAmount,
  type UncertaintySource,
  unstatedSources,
  WHOLE_E4,
} from "@tallystick/contracts";
import { isTallyError } from "@tallystick/proto";
import { knownOfFactor, QUANTITIES } from "../inventory/uncertainty.ts";
import type { PublicationInput, PublicationItem } from "./parse-publication.ts";

/** An input with the entry upstream that it was taken from. */
export interface HeldInput extends PublicationInput {
  readonly ref: EntryRef;
  readonly footprint: ProductFootprint;
}

/** What a footprint says of its uncertainty beyond what its file has. */
export interface DerivedUncertainty {
  /** Absent where the file says it itself, and where nothing is known beyond what the footprint's own ratings say. */
  readonly extension?: DataModelExtension;
  /** Where the derived uncertainty is wider than it had to be, and why. */
  readonly warnings: readonly Finding[];
}

/** A part of the footprint and what is known of its uncertainty. */
interface Part extends Omit<KnownSources, "basis"> {
  readonly nanoKg: bigint;
}

/**
 * A footprint may be of a pin, of grams: its parts are summed for so many declared units that 10⁻⁹ kg of them are far below any
 * decimal that matters. Only the parts' ratios count.
 */
const MANY: Rational = rational(10n ** 12n);
const nanoOfMany = (kgCo2e: Rational): bigint => toNanoKg(mul(kgCo2e, MANY));

/** The key of what nothing is known of: this company's own, and one, so that splitting it gives no certainty. */
const UNEXPLAINED = activitySourceKey("unexplained");

/**
 * What a footprint's uncertainty comes from, by what it was made of (docs/decisions/0008-uncertainty.md): its inputs with the sources that their
 * attestations give, its lines with those of their factors, and of what is left the worst that its own ratings allow. An input that a
 * line names counts with that line's figure, another with its quantity times its supplier's footprint, taken out of the lines that
 * name nothing. A file that states the uncertainty itself is left alone.
 *
 * @param factorOf the row that a line names; it throws where there is none
 * @throws UNCERTAINTY_INVALID where the parts cancel so far that no ratio to the footprint holds
 */
export function deriveUncertainty(
  { footprint, lines, nameSuppliers }: Pick<PublicationItem, "footprint" | "lines" | "nameSuppliers">,
  inputs: readonly HeldInput[],
  factorOf: (name: string) => FactorRow,
): DerivedUncertainty {
  const stated = footprint.extensions?.some(({ dataSchema }) => dataSchema === UNCERTAINTY_SCHEMA) ?? false;
  if (stated) return { warnings: [] };
  const warnings: Finding[] = [];
  const warn = (path: string, message: string): void => void warnings.push({ path, rule: "uncertainty", message });
  const named = namedParts(lines, inputs, factorOf);
  const sized = sizedInputs(lines, inputs, warn);
  const known = [...named, ...sized.parts];
  if (known.length + sized.unsized.length === 0) return { warnings };

  const unexplained = unexplainedAmounts(footprint, lines);
  for (const { nanoKg } of sized.parts) unexplained.positive -= nanoKg;
  if (unexplained.positive < 0n) warn("inputs", "come to more than the parts that they can be in");
  const own = worstOf([unstatedSources(footprint, UNEXPLAINED), ...sized.unsized]);
  const rest = [unexplained.positive, unexplained.negative].filter((nanoKg) => nanoKg !== 0n);
  const parts = [...known, ...rest.map((nanoKg) => ({ nanoKg, ...awayFromNothing(own, nanoKg) }))];

  const totalNano = parts.reduce((sum, { nanoKg }) => sum + nanoKg, 0n);
  if (totalNano === 0n) {
    warn("pcf.pcfExcludingBiogenicUptake", "nothing is relative to 0: no uncertainty is stated");
    return { warnings };
  }
  const amounts = nameSuppliers === false ? parts.map(withoutSuppliers) : parts;
  return { extension: formatUncertainty(expand(footprint, amounts, assumedShareE4(parts, totalNano))), warnings };
}

/** The lines that name what they rest on. */
function namedParts(
  lines: PublicationItem["lines"],
  inputs: readonly HeldInput[],
  factorOf: (name: string) => FactorRow,
): readonly Part[] {
  const byProduct = new Map(inputs.map((input) => [input.productId, input]));
  return lines.flatMap(({ kgCo2e, factor, input }): Part[] => {
    const nanoKg = nanoOfMany(parseDecimal(kgCo2e));
    if (factor !== undefined) return [{ nanoKg, ...knownOfFactor(factor, factorOf(factor)) }];
    const held = input === undefined ? undefined : byProduct.get(input);
    return held === undefined ? [] : [{ nanoKg, ...boughtSources(held) }];
  });
}

/** The inputs that no line names: those whose emissions follow from their quantity, and the sources of those whose do not. */
function sizedInputs(
  lines: PublicationItem["lines"],
  inputs: readonly HeldInput[],
  warn: (path: string, message: string) => void,
): { readonly parts: readonly Part[]; readonly unsized: readonly KnownSources[] } {
  const named = new Set(lines.flatMap(({ input }) => input ?? []));
  const parts: Part[] = [];
  const unsized: KnownSources[] = [];
  for (const [at, input] of inputs.entries()) {
    if (named.has(input.productId)) continue;
    const { productId: id, qty: quantity, unit, ref, footprint } = input;
    try {
      const { kgCo2e } = calculateSupplierSpecific(
        { id, quantity, unit },
        { method: "supplier-specific", ref, footprint },
      );
      parts.push({ nanoKg: nanoOfMany(kgCo2e), ...boughtSources(input) });
    } catch (error) {
      if (!isTallyError(error, "UNIT_INCOMPATIBLE")) throw error;
      const { from, to } = error.details as ContractErrors["UNIT_INCOMPATIBLE"];
      warn(`inputs.${at}.unit`, `${from} is not ${to}: its part is not known, and counts as the worst of what is left`);
      unsized.push(sourcesOf(footprint, ref));
    }
  }
  return { parts, unsized };
}

/** The sources of something bought, and of how much of it there is. */
function boughtSources({ footprint, ref }: HeldInput): KnownSources {
  const known = sourcesOf(footprint, ref);
  return { ...known, sources: [...known.sources, QUANTITIES] };
}

/** What no line accounts for by name, emissions and what is taken off apart: they must not make each other look certain. */
function unexplainedAmounts(
  { pcf }: ProductFootprint,
  lines: PublicationItem["lines"],
): { positive: bigint; negative: bigint } {
  const unnamed = lines.filter(({ factor, input }) => factor === undefined && input === undefined);
  const amounts =
    lines.length === 0
      ? [parsePactDecimal(pcf.pcfExcludingBiogenicUptake)]
      : unnamed.map(({ kgCo2e }) => parseDecimal(kgCo2e));
  const sums = { positive: 0n, negative: 0n };
  for (const amount of amounts.filter((each) => !isZero(each))) {
    sums[amount.n > 0n ? "positive" : "negative"] += nanoOfMany(amount);
  }
  return sums;
}

/** The widest of several, as a source of this company's own: what is not known may be any of them. */
function worstOf(each: readonly KnownSources[]): Omit<KnownSources, "basis"> {
  const widths = each.map(({ sources }) => {
    const squares = sources.reduce((sum, { lnGsd2E9 }) => sum + lnGsd2E9 * lnGsd2E9, 0n);
    return BigInt(Math.ceil(Math.sqrt(Number(squares))));
  });
  // Measured by who measured the rest: a part is no surer for not being explained.
  const sources = [{ key: UNEXPLAINED, lnGsd2E9: largest(widths) }, QUANTITIES];
  return { sources, assumedShareE4: largest(each.map(({ assumedShareE4 }) => assumedShareE4)) };
}

function largest(values: readonly bigint[]): bigint {
  return values.toSorted((a, b) => Number(a - b)).at(-1) ?? 0n;
}

/** Amounts of one key cancel by their sign: what is not known must not, so a negative one moves the other way. */
function awayFromNothing(known: Omit<KnownSources, "basis">, nanoKg: bigint): Omit<KnownSources, "basis"> {
  if (nanoKg > 0n) return known;
  return { ...known, sources: known.sources.map(({ key, lnGsd2E9 }) => ({ key, lnGsd2E9: -lnGsd2E9 })) };
}

/** With suppliers' entries under keys of this company's own, so that they go into the rest. */
function withoutSuppliers(part: Part): Part {
  const own = ({ key, lnGsd2E9 }: UncertaintySource): UncertaintySource =>
    key.startsWith("attestation:") ? { key: activitySourceKey(key), lnGsd2E9 } : { key, lnGsd2E9 };
  return { ...part, sources: part.sources.map(own) };
}

/** Rounded up, and at most the whole. */
function assumedShareE4(parts: readonly Part[], totalNano: bigint): bigint {
  const size = (x: bigint): bigint => (x < 0n ? -x : x);
  const assumed = parts.reduce((sum, { nanoKg, assumedShareE4: share }) => sum + size(nanoKg) * share, 0n);
  if (assumed >= size(totalNano) * WHOLE_E4) return WHOLE_E4;
  return (assumed + size(totalNano) - 1n) / size(totalNano);
}

function expand(footprint: ProductFootprint, amounts: readonly UncertainAmount[], assumedE4: bigint) {
  try {
    return expandDrivers(amounts, assumedE4);
  } catch (cause) {
    if (!isTallyError(cause, "UNCERTAINTY_INVALID")) throw cause;
    const value = `${footprint.pcf.pcfExcludingBiogenicUptake} kg CO2e of ${footprint.productIds[0] ?? ""}`;
    const reason = "its parts cancel so far that no ratio to it says anything";
    throw contractError("UNCERTAINTY_INVALID", { what: "footprint", value, reason }, { cause });
  }
}
