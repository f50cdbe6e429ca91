import type { ExplainDocument, ExplainNode } from "./explain.ts";

/** An explanation as an indented tree for a terminal, ending with a newline. */
export function renderExplanation({ tree }: ExplainDocument): string {
  return `${[headOf(tree), ...branches(tree.children, "")].join("\n")}\n`;
}

function branches(children: readonly ExplainNode[], indent: string): readonly string[] {
  return children.flatMap((child, at) => {
    const last = at === children.length - 1;
    const head = `${indent}${last ? "└─ " : "├─ "}${headOf(child)}`;
    return [head, ...branches(child.children, `${indent}${last ? "   " : "│  "}`)];
  });
}

function headOf({ label, value }: ExplainNode): string {
  const text = value === undefined ? label : `${label}: ${value}`;
  // What suppliers and ledgers wrote goes to a terminal: control characters are shown, never obeyed.
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, "\uFFFD");
}
