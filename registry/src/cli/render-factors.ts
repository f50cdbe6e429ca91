import {
  abs,
  compare,
  div,
  type FactorRow,
  type FactorSet,
  formatExact,
  isZero,
  ONE,
  type Rational,
  ZERO,
} from "@tallystick/contracts";
import type { ApprovalResult } from "../app/approve-change.ts";
import type { Proposal } from "../app/proposal-files.ts";
import { figureOf, type RowVersion, type ShownRow } from "../app/read-factors.ts";
import type { RegisteredFactorSet } from "../core/registry-state.ts";
import type { ProvenRow } from "../core/row-proof.ts";
import type { ChangedRow, DiffSummary, SetDiff } from "../factors/diff-sets.ts";
import { setName } from "../factors/factor-version.ts";
import { formatPercent, formatSplit } from "../factors/format-split.ts";
import type { HeldRow } from "../factors/outlier-gate.ts";

/** How many of a kind a text shows; --json has them all. */
const SHOWN = 20;

const indent = (text: string): string => text.replaceAll(/^/gm, "  ");
const more = (count: number): string[] => (count > SHOWN ? [`  … and ${count - SHOWN} more: --json has all`] : []);

/** A published version in one line. */
export function renderHeader({ document: set, index, withdrawn, releases = [] }: RegisteredFactorSet): string {
  const parts = [`${setName(set)}: ${set.rowCount} rows, ${set.gwpSet}, entry ${index}`];
  for (const { rows, reason } of releases) parts.push(`outliers released: ${rows} (${reason})`);
  if (withdrawn !== undefined) {
    parts.push(`WITHDRAWN by entry ${withdrawn.index} (${withdrawn.reason}): ${withdrawn.note}`);
  }
  return parts.join("; ");
}

/** What an import proposes: what it met, by kind; what changed; what must be released. */
export function renderProposal({ set, path, report }: Proposal): string {
  const traps = new Map<string, Proposal["report"]["notices"][number][]>();
  for (const notice of report.notices) traps.set(notice.trap, [...(traps.get(notice.trap) ?? []), notice]);
  const { changes, held } = report;
  return [
    `proposed ${setName(set)} (${set.rowCount} rows, ${report.format}) in ${path}`,
    ...[...traps].map(([trap, [first, ...rest]]) => {
      if (first === undefined) return "";
      const place = [first.file, first.sheet, `row ${first.row}`, first.column].filter(Boolean).join(", ");
      return `  ${trap} ${rest.length + 1}: ${place}: ${first.found}: ${first.done}${rest.length > 0 ? " …" : ""}`;
    }),
    ...(changes === undefined
      ? ["supersedes none"]
      : [
          `supersedes ${set.supersedes}: ${changes.added} added, ${changes.removed} removed, ${changes.renamed} renamed, ${changes.changed} changed, ${changes.unchanged} unchanged`,
        ]),
    ...(report.maybeRenamed === undefined || report.maybeRenamed === 0
      ? []
      : [
          `${report.maybeRenamed} may be under new names: tally-registry factors renames ${setName(set)} -o FILE, confirm, and import with --renames FILE`,
        ]),
    ...(held.length === 0 ? ["no row is held"] : [`${held.length} rows are held until somebody releases them:`]),
    ...held.slice(0, SHOWN).map(renderHeld),
    ...more(held.length),
    `next: tally-registry factors approve ${setName(set)}`,
  ].join("\n");
}

function renderHeld({ key, label, reason, evidence }: HeldRow): string {
  return indent([`${key} ${label}: ${reason}`, ...(evidence === "" ? [] : [indent(evidence)])].join("\n"));
}

/** What came of an approval. */
export function renderApproval(result: ApprovalResult, done: string, folder: string): string {
  const { index, approvedBy, required, voided } = result;
  const isPublished = index !== undefined;
  return [
    ...(voided.length > 0 ? [`void, as they were of another change or the log went on: ${voided.join(", ")}`] : []),
    isPublished
      ? `${done} as entry ${index}${approvedBy.length > 0 ? `, approved by ${approvedBy.join(", ")}` : ""}`
      : `${approvedBy.length} of ${required} approvals: ${approvedBy.join(", ")}`,
    ...(isPublished ? [] : [`the next maintainer signs ${folder}: tally-registry factors sign FOLDER --key FILE`]),
  ].join("\n");
}

/** A row with all that stands behind it. */
export function renderRow({ set, row, withdrawn, change, history, inSet, inLog }: ShownRow): string {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["key", row.key],
    ["kind", row.kind],
    ["per", row.denominator],
    ["activity", row.activity],
    ["headings", row.path?.join(" > ")],
    ["boundary", row.boundary],
    ["geography", `${row.geography.scheme} ${row.geography.code}`],
    ["data period", row.dataPeriod && `${row.dataPeriod.start} to ${row.dataPeriod.end}`],
    ["technology", row.technology],
    [
      "gases",
      row.gases
        ?.map(
          ({ gas, basis, value, numerator = "kg" }) =>
            `${value} ${numerator} ${basis === "gas" ? "" : "CO2e of "}${gas}`,
        )
        .join(", "),
    ],
    ["GWP set", set.gwpSet],
    ["source", row.source],
    ["source text", row.sourceText],
    ["quality", row.quality && `${row.quality.scheme} ${JSON.stringify(row.quality.scores)}`],
    ["GSD²", row.gsd2],
    ["licence", set.licence],
    ["to be said", set.attribution],
  ];
  return [
    `${row.label}: ${sayFigure(row, set)} (${setName(set)})`,
    ...(withdrawn === undefined ? [] : [`WITHDRAWN (${withdrawn.reason}): ${withdrawn.note}`]),
    ...facts.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name}: ${value}`])),
    "history:",
    ...history.map(renderVersion),
    ...(change === undefined ? [] : ["change:", indent(change)]),
    `proven: row ${inSet.index} of ${set.rowCount} under ${set.rowsRoot} (${inSet.proof.length} hashes)`,
    `proven: entry ${inLog.index} of ${inLog.size} under ${inLog.root} (${inLog.proof.length} hashes)`,
  ].join("\n");
}

function renderVersion({ version, key, label, figure, reason, note, withdrawn }: RowVersion): string {
  const said = [reason, note, withdrawn && `version withdrawn (${withdrawn})`].filter(Boolean).join(": ");
  return `  ${version} ${key} "${label}" ${figure}${said === "" ? "" : ` (${said})`}`;
}

/** "1.326 kg CO2e per USD"; "< 1 per kg". */
function sayFigure(row: FactorRow, set: FactorSet): string {
  const isFigure = row.kind === "value" || row.kind === "by-gas";
  return `${figureOf(row, set)}${isFigure ? " kg CO2e" : ""} per ${row.denominator}`;
}

/** The first rows of a version, a line each. */
export function renderRows(rows: readonly FactorRow[], set: FactorSet): string[] {
  return [
    ...rows.slice(0, SHOWN).map((row) => `  ${row.key} "${row.label}": ${sayFigure(row, set)}, ${row.boundary}`),
    ...more(rows.length),
  ];
}

/** What the proof of a row showed. */
export function renderProven({ set, row, origin, size, quorum }: ProvenRow): string {
  return [
    `${row.key} "${row.label}": ${sayFigure(row, set)}`,
    `is a row of ${setName(set)}, published in ${origin} by its size ${size}`,
    quorum.met
      ? `cosigned by ${quorum.cosignatures.length} witnesses${quorum.weak ? "; weak-witnessing" : ""}`
      : "provisional: no quorum of witnesses cosigned it",
    "not checked: whether the version was withdrawn",
  ].join("\n");
}

function largestFirst(changed: readonly ChangedRow[]): ChangedRow[] {
  const sizeOf = ({ split }: ChangedRow): Rational => {
    if (split === undefined || isZero(split.before) || isZero(split.after)) return ZERO;
    const ratio = abs(div(split.after, split.before));
    return compare(ratio, ONE) < 0 ? div(ONE, ratio) : ratio;
  };
  return changed
    .map((row) => ({ row, size: sizeOf(row) }))
    .sort((a, b) => compare(b.size, a.size))
    .map(({ row }) => row);
}

/** Two versions compared: everything as a document, the largest changes as text. */
export function renderDiff(diff: SetDiff, summary: DiffSummary): { document: object; text: () => string } {
  const { ratios, ...counts } = summary;
  const document = {
    from: setName(diff.from),
    to: setName(diff.to),
    counts,
    added: diff.added.map(({ key, label }) => ({ key, label })),
    removed: diff.removed.map(({ before, after }) => ({ key: before.key, label: before.label, why: after?.change })),
    renamed: diff.renamed.map(({ before, after }) => ({
      from: { key: before.key, label: before.label },
      to: { key: after.key, label: after.label },
    })),
    changed: diff.changed.map(({ after, fields, split, incomparable }) => ({
      key: after.key,
      label: after.label,
      fields,
      incomparable,
      ...(split === undefined
        ? {}
        : {
            before: formatExact(split.before),
            after: formatExact(split.after),
            parts: split.parts.map(({ cause, kgCo2e, how }) => ({ cause, kgCo2e: formatExact(kgCo2e), how })),
          }),
    })),
  };
  const text = (): string =>
    [
      `${setName(diff.from)} to ${setName(diff.to)}: ${counts.added} added, ${counts.removed} removed, ${counts.renamed} renamed, ${counts.changed} changed, ${counts.unchanged} unchanged`,
      ...(ratios === undefined
        ? []
        : [
            `changed figures: median ${formatPercent(ONE, ratios.median)}, from ${formatPercent(ONE, ratios.least.ratio)} (${ratios.least.key}) to ${formatPercent(ONE, ratios.greatest.ratio)} (${ratios.greatest.key})`,
          ]),
      ...largestFirst(diff.changed)
        .slice(0, SHOWN)
        .map(({ after, split, incomparable }) => {
          const how = split === undefined ? `cannot be compared: ${incomparable}` : formatSplit(split);
          return `${after.key} ${after.label}: ${how}`;
        }),
      ...more(diff.changed.length),
    ].join("\n");
  return { document, text };
}
