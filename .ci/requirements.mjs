// Demands that each numbered requirement of docs/protocol.md is named by at least one test, and that no test names one
// that does not exist.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const numbered = /\b(?:ENC|KEY|ATT|LOG|LEAF|RT|AGR|CON|REG|WIT|INV|SEL|BND|FLT|FRK|STR|COV|ROAD)-\d+\b/g;
const stated = new Set(
  [...readFileSync("docs/protocol.md", "utf8").matchAll(/\*\*([A-Z]+-\d+)\*\*/g)].map((m) => m[1]),
);
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.test.ts"], {
  encoding: "utf8",
});
const named = new Map();
for (const file of files.split("\n").filter(Boolean)) {
  for (const [id] of readFileSync(file, "utf8").matchAll(numbered)) {
    named.set(id, [...(named.get(id) ?? []), file]);
  }
}
const untested = [...stated].filter((id) => !named.has(id));
const unknown = [...named.keys()].filter((id) => !stated.has(id));
for (const id of untested) console.error(`no test names ${id}`);
for (const id of unknown) console.error(`${named.get(id)[0]} names ${id}, which docs/protocol.md does not have`);
console.log(`requirements: ${stated.size - untested.length} of ${stated.size} named by a test`);
process.exit(untested.length + unknown.length === 0 ? 0 : 1);
