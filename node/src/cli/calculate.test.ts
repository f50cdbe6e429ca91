import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { main } from "./main.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tally-calculate-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: "", err: "" };
  const into = (stream: "out" | "err") => (text: unknown) => {
    written[stream] += String(text);
    return true;
  };
  vi.spyOn(process.stdout, "write").mockImplementation(into("out"));
  vi.spyOn(process.stderr, "write").mockImplementation(into("err"));
  try {
    return { code: await main(args), ...written };
  } finally {
    process.exitCode = undefined;
    vi.restoreAllMocks();
  }
}

async function fileOf(content: unknown): Promise<string> {
  const path = join(folder, `${Math.abs(JSON.stringify(content).length)}.json`);
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const truck = (unit: string): object => ({
  id: `by ${unit}`,
  category: 4,
  terms: [
    {
      method: "distance-based",
      amounts: { mass: { value: "2", unit }, distance: { value: "2000", unit: "km" } },
      factor: { value: "0.2", unit: "kg CO2e/t-km" },
    },
  ],
});

describe("tally calculate", () => {
  it("computes without a node, and shows how", async () => {
    const path = await fileOf({ v: 1, calculations: [truck("t")] });
    const { code, out } = await run("calculate", path, "--steps");
    expect(code).toBe(0);
    expect(out).toBe(`\
by t: 800.000000000 kg CO2e
  = 2 t × 2000 km × 0.2 kg CO2e/t-km
  GWPs: as given
    × 2000 km = 4000 t-km
    × 0.2 kg CO2e/t-km = 800 kg CO2e
`);
  });

  it("refuses one calculation by its code, does the others, and exits with 1", async () => {
    const path = await fileOf({ v: 1, calculations: [truck("ton"), truck("t")] });
    const { code, out } = await run("calculate", path, "--json");
    expect(code).toBe(1);
    const { results } = JSON.parse(out) as { results: readonly { error?: { code: string }; kgCo2e?: string }[] };
    expect(results.map(({ error, kgCo2e }) => error?.code ?? kgCo2e)).toEqual(["UNIT_AMBIGUOUS", "800.000000000"]);
  });

  it.each([
    ["not JSON", "{", "FILE_UNREADABLE"],
    ["another version", { v: 2, calculations: [] }, "CALCULATION_FILE_INVALID"],
    ["no calculations", { v: 1, calculations: [] }, "CALCULATION_FILE_INVALID"],
  ])("refuses a file that is %s", async (_name, content, expected) => {
    const { code, err, out } = await run("calculate", await fileOf(content), "--json");
    expect([code, out, JSON.parse(err).error.code]).toEqual([1, "", expected]);
  });

  it("says what is missing where there is no file", async () => {
    expect(await run("calculate", join(folder, "nowhere.json"))).toMatchObject({ code: 1, out: "" });
    expect((await run("calculate")).code).toBe(2);
  });
});
