import { readFileSync } from "node:fs";
import { METHODS } from "@tallystick/contracts";
import { utf8Encode } from "@tallystick/proto";
import { describe, expect, it } from "vitest";
import { csvRows } from "./csv-rows.ts";
import { LEDGER_COLUMNS } from "./fixed-columns.ts";
import { parseLedgerMapping } from "./ledger-mapping.ts";
import { readLedger } from "./read-ledger.ts";

const page = readFileSync(new URL("../../../../docs/ledger-files.md", import.meta.url), "utf8");
const blocks = [...page.matchAll(/^```(csv|json)\n(.*?)^```$/gms)].map(([, kind, text = ""]) => ({ kind, text }));

describe("docs/ledger-files.md", () => {
  it("shows files, mappings and the lines that come of them", () => {
    const examples = blocks.filter(({ kind }) => kind === "csv");
    expect(examples).toHaveLength(2);
    for (const example of examples) {
      const at = blocks.indexOf(example);
      const mapping = parseLedgerMapping(JSON.parse(blocks[at + 1]?.text ?? ""));
      const { lines, issues } = readLedger(csvRows(utf8Encode(example.text), mapping), mapping);
      expect(issues.kept).toEqual([]);
      expect(lines.map(({ line }) => line)).toEqual(JSON.parse(blocks[at + 2]?.text ?? ""));
    }
  });

  it("has every column that needs no mapping", () => {
    for (const name of LEDGER_COLUMNS) expect(page).toContain(`\`${name}\``);
  });

  it("names methods that there are", () => {
    const named = [...page.matchAll(/"method": "([a-z-]+)"/g)].map(([, id]) => id).filter((id) => id !== "method");
    const known = METHODS.map(({ id }) => id);
    for (const id of named) expect(known).toContain(id);
    expect(named.length).toBeGreaterThan(0);
  });
});
