import {
  type Calculation,
  type FactorRow,
  formatGsd2,
  formatNanoKg,
  type Step,
  UncertaintyAccumulator,
} from "@tallystick/contracts";
import { entryKey } from "./evidence-index.ts";
import { factorName } from "./factor-library.ts";
import type { Inventory, LineResult, PassedOver } from "./inventory.ts";
import { evidenceName } from "./line-figure.ts";
import type { CountedLine, EvidenceUse, FactorUse, SupplierUse } from "./line-match.ts";
import { apportion, type DayShare } from "./period.ts";
import { lineSources, type SingleUse } from "./uncertainty.ts";

/** One node of an explanation: what it is, its value where it has one, and what it follows from. */
export interface ExplainNode {
  readonly label: string;
  readonly value?: string;
  readonly children: readonly ExplainNode[];
}

/** Where a figure comes from, down to signed sources and cited factors. */
export interface ExplainDocument {
  readonly v: 1;
  /** A ledger line's id, or `total`. */
  readonly subject: string;
  /** kg CO2e; absent for a line that is not counted. */
  readonly kgCo2e?: string;
  readonly tree: ExplainNode;
}

/** Explains one line: formula, inputs, evidence, conversions, rounding, and what was passed over. */
export function explainLine(result: LineResult): ExplainDocument {
  const { line, match, days } = result;
  const figure =
    match.kind === "counted" ? { kgCo2e: formatNanoKg(apportion(match.calculation.nanoKgCo2e, days)) } : {};
  return { v: 1, subject: line.id, ...figure, tree: lineNode(result) };
}

/** Explains the total: by method and category, each line with its figure, and what lowers confidence. */
export function explainTotal(inventory: Inventory): ExplainDocument {
  const kgCo2e = formatNanoKg(inventory.totalNano);
  const { coverage, confidence } = inventory;
  const children: ExplainNode[] = [
    leaf("final", kg(inventory.finalNano)),
    leaf("provisional", kg(inventory.provisionalNano)),
    ...(inventory.coveredNano === 0n
      ? []
      : [leaf("covered", `${kg(inventory.coveredNano)}, signatures yet to be checked`)]),
    ...[...inventory.byCategory].map(([category, group]) =>
      node(
        `category ${category}`,
        kg(group.nanoKgCo2e),
        inventory.lines.filter(({ line }) => line.category === category && line.account === undefined).map(summaryOf),
      ),
    ),
    ...[...inventory.apart.accounts].map(([account, group]) =>
      node(
        `beside the total: ${account}`,
        kg(group.nanoKgCo2e),
        inventory.lines.filter(({ line }) => line.account === account).map(summaryOf),
      ),
    ),
    node("by method", undefined, [
      ...[...inventory.byMethod].map(([method, group]) =>
        leaf(method, `${kg(group.nanoKgCo2e)} in ${group.lines} lines`),
      ),
      leaf("unsupported", `${inventory.unsupportedLines} lines, counted as nothing`),
    ]),
    node("coverage", undefined, [
      leaf("of lines", `${coverage.lines.share} (${coverage.lines.counted} of ${coverage.lines.total})`),
      ...(coverage.spend === undefined ? [] : [leaf("of spend", coverage.spend.share)]),
    ]),
    node("confidence", confidence.level, [
      leaf("verified share", confidence.verifiedShare),
      ...confidence.reasons.map((reason) => leaf(reason)),
    ]),
    ...refusalNodes(inventory),
    leaf("policy", `${inventory.policy.id}@${inventory.policy.version}`),
    leaf(
      "registry",
      `${inventory.registry.origin} at size ${inventory.registry.size}, root ${inventory.registry.root}`,
    ),
  ];
  return { v: 1, subject: "total", kgCo2e, tree: node("total", `${kgCo2e} kg CO2e`, children) };
}

function lineNode({ line, match, days }: LineResult): ExplainNode {
  const input = node("line", line.id, lineProperties(line));
  const rejected = passedOverNodes(match.passedOver);
  if (match.kind === "unsupported") return node(`${line.id} is unsupported`, undefined, [input, ...rejected]);
  const { calculation, evidence } = match;
  return node(line.id, kg(apportion(calculation.nanoKgCo2e, days)), [
    leaf("method", evidence.method),
    node("formula", calculation.formula, calculation.steps.map(stepNode)),
    input,
    evidenceNode(evidence),
    leaf("rounding", "once, half to even, to 10⁻⁹ kg"),
    ...(days === undefined
      ? []
      : [
          leaf(
            "in the period",
            `days ${days.before + 1} to ${days.upTo} of ${days.of}, of ${kg(calculation.nanoKgCo2e)}`,
          ),
        ]),
    leaf("global warming potentials", calculation.gwp),
    ...gasNodes(calculation, days),
    intervalNode(match, days),
    ...(evidence.method === "hybrid" ? [] : [uncertaintyNode(evidence)]),
    ...rejected,
  ]);
}

/** What goes with a figure, of the days that are in the period. */
function gasNodes(calculation: Calculation, days: DayShare | undefined): readonly ExplainNode[] {
  const [biogenic, uptake, removals] = [
    calculation.biogenicNanoKgCo2,
    calculation.uptakeNanoKgCo2,
    calculation.removalsNanoKgCo2e,
  ].map((nano) => apportion(nano, days)) as [bigint, bigint, bigint];
  const apart = [
    ...(biogenic === 0n ? [] : [leaf("CO2 of biomass, apart", `${formatNanoKg(biogenic)} kg`)]),
    ...(uptake === 0n ? [] : [leaf("CO2 taken up by biomass, apart", `${formatNanoKg(uptake)} kg`)]),
    ...(removals === 0n ? [] : [leaf("removals in the figure", kg(removals))]),
  ];
  const { gases } = calculation;
  if (gases.length === 0) return apart;
  const byGas = gases.map(({ gas, nanoKg, nanoKgCo2e }) => {
    const mass = nanoKg === undefined ? "" : `${formatNanoKg(apportion(nanoKg, days))} kg, `;
    return leaf(gas, `${mass}${kg(apportion(nanoKgCo2e, days))}`);
  });
  return [node("by gas, each rounded by itself", undefined, byGas), ...apart];
}

/** Between what the figure lies, all its parts and what they have in common taken together. */
function intervalNode({ evidence, calculation }: CountedLine, days: DayShare | undefined): ExplainNode {
  const combined = new UncertaintyAccumulator();
  const parts = evidence.method === "hybrid" ? evidence.components : [{ evidence, calculation }];
  for (const part of parts) {
    const nanoKg = apportion(part.calculation.nanoKgCo2e, days);
    combined.add({ nanoKg, sources: lineSources(part.evidence).sources });
  }
  const spread = combined.spread();
  if (spread === undefined) return leaf("95 % interval", "not known");
  const ratio = spread.kind === "relative" ? ` (GSD² ${spread.gsd2})` : "";
  return leaf("95 % interval", `${spread.low} to ${spread.high} kg CO2e${ratio}`);
}

function uncertaintyNode(evidence: SingleUse): ExplainNode {
  const { basis, sources } = lineSources(evidence);
  return node(
    "uncertainty",
    basis,
    sources.map(({ key, lnGsd2E9 }) => leaf(key, `GSD² ${formatGsd2(Math.exp(Number(lnGsd2E9) / 1e9))}`)),
  );
}

function stepNode({ label, value, unit, source }: Step): ExplainNode {
  return node(label, `${value} ${unit}`, source === undefined ? [] : [leaf("source", source)]);
}

function evidenceNode(evidence: EvidenceUse): ExplainNode {
  switch (evidence.method) {
    case "supplier-specific":
      return attestationNode(evidence);
    case "reported-emissions":
      return node("emissions", "as the ledger states them", []);
    case "hybrid":
      return node(
        "components",
        String(evidence.components.length),
        evidence.components.map(({ id, part, evidence: of, calculation, passedOver }) =>
          node(part === id ? id : `${part}: ${id}`, kg(calculation.nanoKgCo2e), [
            node("formula", calculation.formula, calculation.steps.map(stepNode)),
            evidenceNode(of),
            leaf("global warming potentials", calculation.gwp),
            ...gasNodes(calculation, undefined),
            uncertaintyNode(of),
            ...passedOverNodes(passedOver),
          ]),
        ),
      );
    default:
      return factorNode(evidence);
  }
}

function factorNode({ table: { set }, placed: { row, index }, steps }: FactorUse): ExplainNode {
  return node("factor", factorName(set, row.key), [
    leaf("selection", steps.length === 0 ? "EXACT" : steps.join(", ")),
    leaf("value", figureOf(row)),
    leaf("about", row.label),
    leaf("boundary", row.boundary),
    leaf("geography", `${row.geography.scheme}:${row.geography.code}`),
    ...(row.dataPeriod === undefined ? [] : [leaf("data", `${row.dataPeriod.start} to ${row.dataPeriod.end}`)]),
    leaf("citation", row.source),
    ...(row.sourceText === undefined ? [] : [leaf("as published", row.sourceText)]),
    leaf("row", `${index} of ${set.rowCount}, under rows root ${set.rowsRoot}`),
    leaf("publisher", `${set.publisher}, ${set.publishedOn}, GWP ${set.gwpSet}`),
  ]);
}

function figureOf(row: FactorRow): string {
  if (row.kind === "value") return `${row.value} ${row.numerator ?? "kg"} CO2e per ${row.denominator}`;
  if (row.kind !== "by-gas") return row.kind;
  const gases = row.gases.map(({ gas, value, numerator = "kg" }) => `${value} ${numerator} ${gas}`);
  return `${gases.join(", ")} per ${row.denominator}`;
}

function attestationNode({ item }: SupplierUse): ExplainNode {
  const { ref, footprint, member, memberName, final, source, logTimeUnix } = item;
  const { pcf } = footprint;
  return node("attestation", entryKey(ref.origin, ref.index), [
    item.covered === true
      ? leaf(
          "covered by",
          `the log of ${memberName} (${member}); the signature by key ${source.kid} is yet to be checked`,
        )
      : leaf("signed by", `${memberName} (${member}), key ${source.kid}`),
    leaf("log entry", `${ref.origin} index ${ref.index}, leaf hash ${ref.leaf}`),
    leaf("checkpoint", `size ${source.treeSize}, ${final ? `final${at(logTimeUnix)}` : "provisional"}`),
    leaf("footprint", footprint.id),
    leaf("product", `${footprint.productNameCompany} (${footprint.productIds.join(", ")})`),
    leaf(
      "states",
      `${pcf.pcfExcludingBiogenicUptake} kg CO2e per ${pcf.declaredUnitAmount} ${pcf.declaredUnitOfMeasurement}`,
    ),
    leaf("reference period", `${pcf.referencePeriodStart} to ${pcf.referencePeriodEnd}`),
  ]);
}

function lineProperties(line: LineResult["line"]): readonly ExplainNode[] {
  return Object.entries(line)
    .filter(([name, value]) => name !== "id" && value !== undefined)
    .map(([name, value]) => leaf(name, typeof value === "object" ? JSON.stringify(value) : String(value)));
}

/** More than so many that one rule rejected are put under it, where they can be skipped: a set has a factor for each country. */
const MANY_OF_A_RULE = 8;

function passedOverNodes(passedOver: readonly PassedOver[]): readonly ExplainNode[] {
  if (passedOver.length === 0) return [];
  const byRule = Map.groupBy(passedOver, ({ method, rule }) => `${method}: ${rule}`);
  const grouped = [...byRule].flatMap(([rule, those]) =>
    those.length > MANY_OF_A_RULE
      ? [node(rule, `${those.length} candidates`, those.map(passedOverNode))]
      : those.map(passedOverNode),
  );
  return [node("passed over", undefined, grouped)];
}

function passedOverNode({ method, candidate, rule, detail }: PassedOver): ExplainNode {
  const label = candidate === undefined ? method : `${method} ${candidate}`;
  return leaf(label, detail === undefined ? rule : `${rule} (${detail})`);
}

function summaryOf({ line, match, days }: LineResult): ExplainNode {
  if (match.kind === "unsupported") return leaf(line.id, "unsupported");
  const { evidence, calculation } = match;
  return leaf(
    line.id,
    `${kg(apportion(calculation.nanoKgCo2e, days))} by ${evidenceName(evidence) ?? "its own statement"}`,
  );
}

function refusalNodes({ refused, faults }: Inventory): readonly ExplainNode[] {
  const nodes: ExplainNode[] = [];
  if (refused.length > 0) {
    const children = refused.map(({ member, origin, index, code, reason }) =>
      leaf(`${member} ${index === undefined ? origin : entryKey(origin, index)}`, `${code}: ${reason}`),
    );
    nodes.push(node("refused evidence", String(refused.length), children));
  }
  if (faults.length > 0) {
    const children = faults.map(({ member, kind, detail }) => leaf(member, `${kind}: ${detail}`));
    nodes.push(node("faults", String(faults.length), children));
  }
  return nodes;
}

function kg(nano: bigint): string {
  return `${formatNanoKg(nano)} kg CO2e`;
}

function at(logTimeUnix: number | undefined): string {
  return logTimeUnix === undefined ? "" : ` since ${new Date(logTimeUnix * 1000).toISOString()}`;
}

function leaf(label: string, value?: string): ExplainNode {
  return node(label, value, []);
}

function node(label: string, value: string | undefined, children: readonly ExplainNode[]): ExplainNode {
  return value === undefined ? { label, children } : { label, value, children };
}
