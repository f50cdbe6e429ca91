import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCalculation } from "@tallystick/contracts";
import { afterAll, describe, expect, it } from "vitest";
import { scratch } from "../app/network.fixture.ts";
import { hasPublishedData, publishedFactors } from "../importers/published-factors.fixture.ts";
import { run } from "./run.fixture.ts";

const folder = await scratch();
afterAll(() => folder.remove());

describe("factors fuels", () => {
  it("refuses what is no official workbook", async () => {
    const file = join(folder.path, "fuels.csv");
    await writeFile(file, "a,b\n");
    expect(await run("factors", "fuels", file)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error FACTOR_F/),
    });
    const none = await run("factors", "fuels", join(folder.path, "none.xlsx"), "--json");
    expect([none.code, JSON.parse(none.err).error.code]).toEqual([1, "FACTOR_FILE_INVALID"]);
  });

  it.skipIf(!hasPublishedData)("prints what the EPA and the UK publish, as a calculation takes it", async () => {
    const told = await run("factors", "fuels", publishedFactors("defra_2024_full_set_v1_1.xlsx"));
    expect(told.out).toContain("diesel-100-mineral-diesel: ");
    const hub = await run("factors", "fuels", publishedFactors("epa_hub", "epa_hub_2023.xlsx"), "--json");
    const { set } = JSON.parse(hub.out) as { set: { fuels: { fuel: string }[] } };
    const fuel = set.fuels.find((one) => one.fuel === "natural-gas");
    // 1000 scf x 0.001026 mmBtu/scf x 53.06 kg/mmBtu
    const burnt = {
      id: "gas",
      category: 3,
      terms: [
        {
          method: "average-data",
          amounts: { quantity: { value: "1000", unit: "scf" } },
          fuel,
          factor: { value: "53.06", unit: "kg CO2e/MMBtu_IT_gross" },
        },
      ],
    };
    expect(runCalculation(burnt)).toMatchObject({ exact: "54.43956" });
  });
});
