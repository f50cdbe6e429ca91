import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { rowOf, setOf } from "../factors/factors.fixture.ts";
import type { Rename, RenameMap } from "../factors/rename-map.ts";
import { EPA_SUPPLY_CHAIN } from "../importers/epa-supply-chain.ts";
import type { ImportFile } from "../importers/import-file.ts";
import { loadStarter } from "../starter/load-starter.ts";
import { approveFactors } from "./govern-factors.ts";
import { registryOptions, scratch } from "./network.fixture.ts";
import { importFactorSet, importRates, operateRegistry } from "./operate.ts";
import { listProposals, type Proposal } from "./proposal-files.ts";
import { type ProposeOptions, proposeFactors, suggestRenameMap } from "./propose-factors.ts";
import { initRegistry, openRegistryHome, type RegistryHome } from "./registry-home.ts";

const folder = await scratch();
afterAll(() => folder.remove());

let home: RegistryHome;
let at = 0;
beforeEach(async () => {
  at += 1;
  const path = join(folder.path, `${at}`);
  await initRegistry({ ...registryOptions, path, grpcPort: 7_400, httpPort: 7_401, witnesses: [] });
  home = await openRegistryHome(path);
});

const file = (name: string, text: string): ImportFile => ({ name, open: () => Readable.from([Buffer.from(text)]) });
const FIGURES =
  "GHG,Unit,Supply Chain Emission Factors without Margins,Margins of Supply Chain Emission Factors,Supply Chain Emission Factors with Margins,Reference USEEIO Code";
const row = (year: number, without: string, margins: string, total: string): string =>
  `111110,Soybean Farming,All GHGs,"kg CO2e/${year} USD, purchaser price",${without},${margins},${total},1111A0\n`;
/** Soybean farming alone, as EPA's two releases have it. */
const V12 = file("v12.csv", `NAICS Code 2017,NAICS Title 2017,${FIGURES}\n${row(2021, "1.223", "0.103", "1.326")}`);
const V13 = file("v13.csv", `2017 NAICS Code,2017 NAICS Title,${FIGURES}\n${row(2022, "0.488", "0.044", "0.532")}`);

const propose = (files: readonly ImportFile[], options: ProposeOptions = {}): Promise<Proposal> =>
  operateRegistry(home, (registry) => proposeFactors(registry, home.path, files, options));
async function publish(one: ImportFile, options: ProposeOptions = {}): Promise<void> {
  const { set, report } = await propose([one], options);
  const release = report.held.length === 0 ? {} : { release: { keys: "all", reason: "seen" } as const };
  await operateRegistry(home, (registry) => approveFactors(registry, home, `${set.id}@${set.version}`, release));
}
const invalid = (reason: string) => ({ code: "CHANGE_INVALID", details: { reason: expect.stringContaining(reason) } });

describe("proposing files", () => {
  it("takes the newest version for the one that is superseded, and compares with it", async () => {
    await operateRegistry(home, async (registry) => importRates(registry, (await loadStarter()).rates));
    await publish(V12);
    const { set, rows, report } = await propose([V13], { stated: { reason: "methodology", note: "a newer model" } });
    expect(set).toMatchObject({ version: "1.3.0", supersedes: "1.2.0" });
    expect(rows.map(({ change }) => change)).toEqual(Array(2).fill({ reason: "methodology", note: "a newer model" }));
    expect(report).toMatchObject({
      format: "epa-supply-chain",
      rates: "starter-rates@2026.1.0",
      changes: { changed: 2 },
    });
    expect(report.held.map(({ key }) => key)).toEqual(["111110/without-margins", "111110"]);
    // Without the gases by their masses nobody can say what the GWPs make of it.
    expect(report.held[1]?.evidence).toContain("unattributed");
  });

  it("gives factors under new names the keys they had, as far as somebody confirmed it", async () => {
    await publish(V12);
    const chunks: Buffer[] = await V13.open().toArray();
    const renamed = file("v13.csv", Buffer.concat(chunks).toString("utf8").replaceAll("111110", "111111"));
    const rename = (from: string, to: string, confirmed = true): Rename => ({
      from,
      to,
      reason: "the code of 2022",
      confirmed,
      ...(confirmed ? { by: "a maintainer" } : {}),
    });
    const mapOf = (...renames: Rename[]): RenameMap => ({
      v: 1,
      set: "epa-supply-chain",
      version: "1.3.0",
      supersedes: "1.2.0",
      renames,
    });
    const renames = [
      mapOf(rename("111110", "111111"), rename("111110/without-margins", "111111/without-margins", false)),
    ];
    const { rows, report } = await propose([renamed], { renames, stated: { reason: "methodology" } });
    expect(rows.map(({ key, change }) => [key, change])).toEqual([
      ["111110", { reason: "methodology", note: "published as 111111" }],
      ["111111/without-margins", undefined],
    ]);
    expect(report).toMatchObject({ changes: { added: 1, removed: 1, changed: 1 }, maybeRenamed: 0 });
    for (const [map, code] of [
      [mapOf(rename("111110", "999999")), "FACTOR_KEY_UNKNOWN"],
      [mapOf(rename("999999", "111111")), "FACTOR_KEY_UNKNOWN"],
      [{ ...mapOf(), set: "other-factors" }, "FACTOR_VERSION_UNKNOWN"],
    ] as const) {
      await expect(propose([renamed], { renames: [map] })).rejects.toMatchObject({ code });
    }
  });

  it("suggests no renames where nothing is superseded", async () => {
    const proposal = await propose([V12]);
    const failure = operateRegistry(home, (registry) => suggestRenameMap(registry, proposal));
    await expect(failure).rejects.toMatchObject({ code: "PROPOSAL_INVALID" });
  });

  it("says nothing of rates where none are published", async () => {
    await publish(V12);
    const { report } = await propose([V13]);
    expect(report).not.toHaveProperty("rates");
    expect(report.held[0]?.evidence).toContain("price year: USD 2021 to USD 2022: no rate set has it");
  });

  it("asks where an older release belongs", async () => {
    await publish(V13);
    await expect(propose([V12])).rejects.toMatchObject(invalid("1.2.0 is older than 1.3.0"));
    expect((await propose([V12], { supersedes: "1.3.0" })).set.supersedes).toBe("1.3.0");
  });

  it("asks which one is superseded where several are the newest", async () => {
    await operateRegistry(home, async (registry) => {
      for (const version of ["1.0.0", "1.1.0"]) {
        await importFactorSet(
          registry,
          setOf([rowOf()], { id: "epa-supply-chain", version, publishedOn: "2020-01-01" }),
        );
      }
    });
    await expect(propose([V12])).rejects.toMatchObject(invalid("several newest versions (1.0.0, 1.1.0)"));
    expect((await propose([V12], { supersedes: "1.1.0" })).set.supersedes).toBe("1.1.0");
  });

  it("refuses what no approval could publish", async () => {
    await publish(V13);
    await expect(propose([V13])).rejects.toMatchObject(invalid("published already"));
    const unknown = { code: "FACTOR_VERSION_UNKNOWN", details: { set: "epa-supply-chain@1.1.0" } };
    await expect(propose([V12], { supersedes: "1.1.0" })).rejects.toMatchObject(unknown);
    expect(await listProposals(home.path)).toEqual([]);
  });

  it("refuses a reason for a change where nothing is superseded", async () => {
    await expect(propose([V12], { stated: { reason: "error" } })).rejects.toMatchObject(
      invalid("supersedes no version"),
    );
  });

  it.each<[string, readonly ImportFile[], ProposeOptions]>([
    ["no file at all", [], {}],
    ["a file of no known format", [file("x.csv", "a,b\n")], {}],
    ["a file of no known format beside another", [V12, file("x.csv", "a,b\n")], {}],
    ["a format that is none", [V12], { format: "excel" }],
  ])("refuses %s", async (_what, files, options) => {
    await expect(propose(files, options)).rejects.toMatchObject({ code: "FACTOR_FORMAT_UNKNOWN" });
  });

  it("names the formats of a file that holds several sets, and takes the one that is then named", async () => {
    const table = file("gwp.csv", "# Global warming potentials of greenhouse gases.,\nSpecies,AR6GWP100\nCH4,27.9\n");
    await expect(propose([table])).rejects.toMatchObject({
      details: { file: "gwp.csv", reason: "of several: ipcc-gwp-ar4, ipcc-gwp-ar5, ipcc-gwp-ar6" },
    });
    const { set } = await propose([table], { format: "ipcc-gwp-ar6" });
    expect(set).toMatchObject({ id: "ipcc-gwp100-ar6", gwpSet: "AR6" });
  });

  it("refuses a file that is not what its named format says", async () => {
    const failure = propose([file("x.csv", "a,b\n")], { format: EPA_SUPPLY_CHAIN.id });
    await expect(failure).rejects.toMatchObject({ code: "FACTOR_FILE_INVALID" });
    expect(await listProposals(home.path)).toEqual([]);
  });
});
