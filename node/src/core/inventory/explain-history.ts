import type { LineHistory } from "../ledger/line-history.ts";
import type { ExplainDocument, ExplainNode } from "./explain.ts";

/** An explanation of a line, with what the line was before. */
export interface LineExplainDocument extends ExplainDocument {
  readonly history: LineHistory;
}

/** Adds a line's history to what explains it. */
export function withHistory(document: ExplainDocument, history: LineHistory): LineExplainDocument {
  const { tree } = document;
  return { ...document, history, tree: { ...tree, children: [...tree.children, historyNode(history)] } };
}

/** Of a line that the ledger no longer has, its history is all there is. */
export function explainRetracted(id: string, history: LineHistory): LineExplainDocument {
  return { v: 1, subject: id, history, tree: { label: `${id} was retracted`, children: [historyNode(history)] } };
}

function historyNode({ versions, policies, reports }: LineHistory): ExplainNode {
  const children: ExplainNode[] = versions.map(({ recordedAt, line, retracted }, at) => {
    if (line === undefined) return leaf(`${recordedAt} retracted`, retracted);
    if (at === 0) return leaf(`${recordedAt} recorded`);
    return leaf(`${recordedAt} corrected`, changes(versions[at - 1]?.line, line));
  });
  children.push(
    ...policies.map(({ since, policy, cause }) => leaf(`${since} policy ${policy}`, cause)),
    ...reports.map(({ preparedAt, period, number, kgCo2e, evidence, method }) =>
      leaf(
        `${preparedAt} report ${number} of ${period}`,
        kgCo2e === undefined ? method : `${kgCo2e} kg CO2e by ${evidence ?? "its own statement"}`,
      ),
    ),
  );
  // Each starts with its time.
  return {
    label: "history",
    children: children.toSorted((a, b) => (a.label < b.label ? -1 : a.label > b.label ? 1 : 0)),
  };
}

/** What a later version of a line says otherwise: "quantity 10 → 12". */
function changes(before: object | undefined, after: object): string {
  const [a, b] = [before ?? {}, after].map((line) => new Map(Object.entries(line))) as [
    Map<string, unknown>,
    Map<string, unknown>,
  ];
  const texts = [...new Set([...a.keys(), ...b.keys()])].flatMap((name) => {
    const [left, right] = [text(a.get(name)), text(b.get(name))];
    return left === right ? [] : [`${name} ${left} → ${right}`];
  });
  return texts.length === 0 ? "recorded again as it was" : texts.join(", ");
}

function text(value: unknown): string {
  if (value === undefined) return "—";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function leaf(label: string, value?: string): ExplainNode {
  return value === undefined ? { label, children: [] } : { label, value, children: [] };
}
