// Demands that docs/errors.md lists every code of every error table, and no code that does not exist.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const files = execFileSync(
  "git",
  ["ls-files", "--cached", "--others", "--exclude-standard", "*errors.ts", "*call-error.ts"],
  {
    encoding: "utf8",
  },
);
const codes = new Set();
for (const file of files.split("\n").filter(Boolean)) {
  const source = readFileSync(file, "utf8");
  for (const [, code] of source.matchAll(/^ {2}([A-Z][A-Z0-9_]+): /gm)) codes.add(code);
  for (const [, code] of source.matchAll(/new TallyError\("([A-Z_]+)"/g)) codes.add(code);
}
const listed = new Set(
  [...readFileSync("docs/errors.md", "utf8").matchAll(/^\| `([A-Z0-9_]+)`/gm)].map((match) => match[1]),
);
const missing = [...codes].filter((code) => !listed.has(code));
const stale = [...listed].filter((code) => !codes.has(code));
for (const code of missing) console.error(`docs/errors.md does not list ${code}`);
for (const code of stale) console.error(`docs/errors.md lists ${code}, which no table has`);
console.log(`error codes: ${codes.size - missing.length} of ${codes.size} documented`);
process.exit(missing.length + stale.length === 0 ? 0 : 1);
