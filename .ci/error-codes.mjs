// Demands that docs/errors.md lists every code of every error table with the fields of its details, says of each what it means
// and what to do, and lists no code that does not exist.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const TABLES = ["*errors.ts", "*call-error.ts"];

/** The names of the members of an object type or an object, without those of what is nested in it. */
function fieldsOf(body) {
  let depth = 0;
  let flat = "";
  for (const character of body) {
    if (/[}\])>]/.test(character)) depth -= 1;
    if (depth === 0) flat += character;
    if (/[{[(<]/.test(character)) depth += 1;
  }
  return flat
    .split(/[;,\n]/)
    .map((field) => /^\s*(\w+)/.exec(field)?.[1])
    .filter((name) => name !== undefined);
}

/** What stands between the brace at `open` and the one that closes it. */
function braced(source, open) {
  let depth = 0;
  for (let at = open; at < source.length; at++) {
    if (source[at] === "{") depth += 1;
    if (source[at] === "}") depth -= 1;
    if (depth === 0) return source.slice(open + 1, at);
  }
  throw new Error("a brace is not closed");
}

/** Code to the fields of its details, joined; a code that two tables have, with the fields of each. */
function readTables() {
  const codes = new Map();
  const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", ...TABLES], {
    encoding: "utf8",
  });
  for (const file of files.split("\n").filter(Boolean)) {
    const source = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    for (const match of source.matchAll(/^ {2}([A-Z][A-Z0-9_]+): |new TallyError\("([A-Z0-9_]+)", /gm)) {
      const at = match.index + match[0].length;
      const fields = source[at] === "{" ? fieldsOf(braced(source, at)) : [];
      const code = match[1] ?? match[2];
      codes.set(code, (codes.get(code) ?? new Set()).add(fields.join(", ")));
    }
  }
  return codes;
}

function readDocument() {
  const rows = readFileSync("docs/errors.md", "utf8").matchAll(
    /^\| `([A-Z0-9_]+)` \| (.*?) ?\| (.*?) \|(?: (.*?) \|)?$/gm,
  );
  return [...rows].map(([, code, details, meaning, action]) => ({
    code,
    fields: details.replaceAll("`", ""),
    isComplete: [meaning, action].every((cell) => cell !== undefined && cell !== ""),
  }));
}

const codes = readTables();
const rows = readDocument();
const faults = [];
for (const code of codes.keys()) {
  if (!rows.some((row) => row.code === code)) faults.push(`docs/errors.md does not list ${code}`);
}
for (const { code, fields, isComplete } of rows) {
  const known = codes.get(code);
  if (known === undefined) faults.push(`docs/errors.md lists ${code}, which no table has`);
  else if (!known.has(fields))
    faults.push(`docs/errors.md gives ${code} (${fields}), the table (${[...known].join("; ")})`);
  if (!isComplete) faults.push(`docs/errors.md does not say what ${code} means and what to do`);
}
for (const fault of faults) console.error(fault);
const listed = new Set(rows.map(({ code }) => code));
console.log(`error codes: ${[...codes.keys()].filter((code) => listed.has(code)).length} of ${codes.size} documented`);
process.exit(faults.length === 0 ? 0 : 1);
