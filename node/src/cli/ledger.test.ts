import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FixtureNetwork, type FixtureNode } from "../app/network.fixture.ts";
import { main } from "./main.ts";

let network: FixtureNetwork;
let buyer: FixtureNode;
beforeEach(async () => {
  network = await FixtureNetwork.create("buyer");
  buyer = await network.start("buyer");
});
afterEach(() => network.close());

const path = (name: string): string => join(buyer.home, name);

/** Runs the program in this process, against the running node. */
async function tally(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: "", err: "" };
  const into = (stream: "out" | "err") => (text: unknown) => {
    written[stream] += String(text);
    return true;
  };
  vi.spyOn(process.stdout, "write").mockImplementation(into("out"));
  vi.spyOn(process.stderr, "write").mockImplementation(into("err"));
  try {
    return { code: await main(["--home", buyer.home, ...args]), ...written };
  } finally {
    process.exitCode = undefined;
    vi.restoreAllMocks();
  }
}

async function importing(text: string, ...options: string[]): Promise<{ code: number; out: string; err: string }> {
  await writeFile(path("file.csv"), text);
  return tally("ledger", "import", path("file.csv"), ...options);
}

const held = async (): Promise<number> => (await buyer.app.status()).ledgerLines;

const HEADER = "id,date,category,description,quantity,unit";
const GOOD = `${HEADER}\nL1,2024-03-01,1,Steel,4.5,t\nL2,2024-03-02,1,Iron,2,t\n`;
const HALF = `${HEADER}\nL1,2024-03-01,1,Steel,4.5,t\nL2,2024-03-02,1,Iron,"1,234",t\n`;

describe("tally ledger import", () => {
  it("imports a file once", async () => {
    expect(await importing(GOOD)).toMatchObject({
      code: 0,
      out: "2 rows read: 2 new, 0 corrected, 0 known already, 0 refused; imported\n",
    });
    expect(await importing(GOOD)).toMatchObject({
      code: 0,
      out: expect.stringContaining("0 new, 0 corrected, 2 known"),
    });
    expect(await held()).toBe(2);
  });

  it("imports nothing of a file with a fault, and says where it is", async () => {
    const { code, out } = await importing(HALF);
    expect(code).toBe(1);
    expect(out).toContain("2 rows read: 1 new, 0 corrected, 0 known already, 1 refused; nothing was imported");
    expect(out).toContain('row 3, quantity: number-format: "1,234" "1,234" can be 1.234 or 1234');
    expect(await held()).toBe(0);
  });

  it("takes the good rows when asked, and still ends with 1", async () => {
    const { code, out } = await importing(HALF, "--skip-bad");
    expect(code).toBe(1);
    expect(out).toContain("1 new, 0 corrected, 0 known already, 1 refused; imported without the refused rows");
    expect(await held()).toBe(1);
  });

  it("imports nothing in a dry run", async () => {
    expect(await importing(GOOD, "--dry-run")).toMatchObject({ code: 0, out: expect.stringContaining("dry run") });
    expect(await held()).toBe(0);
  });

  it("writes every fault as CSV or JSON, and prints it with --json", async () => {
    expect((await importing(HALF, "--report", path("faults.csv"))).code).toBe(1);
    const [head, row] = (await readFile(path("faults.csv"), "utf8")).split("\r\n");
    expect(head).toBe("row,column,rule,value,message");
    expect(row).toMatch(/^3,quantity,number-format,"1,234",/);
    await importing(HALF, "--report", path("faults.json"));
    const issue = { row: 3, column: "quantity", rule: "number-format", value: "1,234" };
    expect(JSON.parse(await readFile(path("faults.json"), "utf8"))).toEqual([expect.objectContaining(issue)]);
    const { out } = await importing(HALF, "--json");
    expect(JSON.parse(out)).toMatchObject({ lines: 2, added: 1, refused: 1, imported: false, issues: [issue] });
  });

  it("marks a formula in a report as text", async () => {
    await importing(`${HEADER}\nL1,2024-03-01,1,Steel,=cmd|x,t\n`, "--report", path("faults.csv"));
    expect(await readFile(path("faults.csv"), "utf8")).toContain(",'=cmd|x,");
  });

  it("refuses other content under a known id until it is a correction", async () => {
    await importing(GOOD);
    const other = GOOD.replace("4.5", "4.6");
    const refused = await importing(other);
    expect(refused).toMatchObject({ code: 1, out: expect.stringContaining("row 2, id: id-taken") });
    expect(await importing(other, "--correct")).toMatchObject({
      code: 0,
      out: expect.stringContaining("0 new, 1 corrected, 1 known already, 0 refused; imported"),
    });
    expect(await importing(other, "--correct")).toMatchObject({ out: expect.stringContaining("0 corrected, 2 known") });
  });

  it("retracts a line, and does not bring it back by itself", async () => {
    await importing(GOOD);
    expect(await tally("ledger", "retract", "L2", "--reason", "booked twice")).toMatchObject({ code: 0 });
    expect(await held()).toBe(1);
    expect(await importing(GOOD)).toMatchObject({ code: 1, out: expect.stringContaining("id-retracted") });
    expect(await importing(GOOD, "--correct")).toMatchObject({ code: 0 });
    expect(await held()).toBe(2);
  });

  it("refuses to retract what is not there, and what has no reason", async () => {
    expect((await tally("ledger", "retract", "L9", "--reason", "x")).err).toContain("LINE_UNKNOWN");
    await importing(GOOD);
    expect((await tally("ledger", "retract", "L1", "--reason", " ")).err).toContain("REASON_INVALID");
  });

  it("refuses a mapping that is none, a report of another kind and a sheet of a CSV file", async () => {
    await writeFile(path("map.json"), '{"v":1}');
    expect((await importing(GOOD, "--map", path("map.json"))).err).toContain("LEDGER_MAPPING_INVALID");
    expect((await importing(GOOD, "--report", path("faults.txt"))).err).toContain("a report is .csv or .json");
    expect((await importing(GOOD, "--sheet", "A")).err).toContain("not a workbook");
    expect(await held()).toBe(0);
  });
});

describe("tally ledger map", () => {
  it("proposes a mapping from headers, which a person completes and an import then goes by", async () => {
    await writeFile(
      path("sap.csv"),
      "Beleg-Nr.;Buchungsdatum;Lieferant;Buchungstext;Betrag;Währung;Kostenstelle\n7;01.03.2024;Acme;Stahl;1.234,50;EUR;K1\n",
    );
    const { code, out } = await tally("ledger", "map", path("sap.csv"), "--output", path("map.json"));
    expect(code).toBe(0);
    expect(out).toContain("columns.category");
    expect(out).toContain("not used: Kostenstelle");
    const proposal = JSON.parse(await readFile(path("map.json"), "utf8"));
    expect(proposal).toEqual({
      v: 1,
      numbers: { decimal: ",", thousands: "." },
      dates: ["DD.MM.YYYY"],
      columns: {
        id: "Beleg-Nr.",
        date: "Buchungsdatum",
        supplier: "Lieferant",
        description: "Buchungstext",
        amount: "Betrag",
        currency: "Währung",
      },
    });
    const refused = await tally("ledger", "import", path("sap.csv"), "--map", path("map.json"));
    expect(refused.err).toContain("LEDGER_MAPPING_INVALID");
    const complete = {
      ...proposal,
      columns: { ...proposal.columns, category: { constant: "1" } },
    };
    await writeFile(path("map.json"), JSON.stringify(complete));
    expect(await tally("ledger", "import", path("sap.csv"), "--map", path("map.json"))).toMatchObject({
      code: 0,
      out: expect.stringContaining("1 new"),
    });
  });
});
