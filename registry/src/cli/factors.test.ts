import { cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type FactorRow, factorRowBytes, parseFactorRow, parseFactorSet, verifyFactorRow } from "@tallystick/contracts";
import { decodeBase64, hashLeaf, openCheckpoint, privateKeyFromSeed, verifyInclusion } from "@tallystick/proto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectRegistry } from "../adapters/grpc/registry-source.ts";
import { createTransportIdentity } from "../adapters/grpc/transport-identity.ts";
import { openMemoryStore } from "../adapters/memory/memory-store.ts";
import { freePorts, scratch } from "../app/network.fixture.ts";
import { operateRegistry } from "../app/operate.ts";
import { writeProposal } from "../app/proposal-files.ts";
import { openRegistryHome } from "../app/registry-home.ts";
import { serveRegistry } from "../app/run-registry.ts";
import { parseTrust, type Trust, trustedLogKey } from "../core/trust.ts";
import { RATES, rowOf, setOf } from "../factors/factors.fixture.ts";
import { parseRenameMap } from "../factors/rename-map.ts";
import { hasPublishedData, publishedFactors } from "../importers/published-factors.fixture.ts";
import { Replica } from "../replica/replica.ts";
import { run } from "./run.fixture.ts";

const folder = await scratch();
const at = (...names: string[]): string => join(folder.path, ...names);
afterAll(() => folder.remove());

const [grpcPort = 0, httpPort = 0, otherGrpc = 0, otherHttp = 0] = await freePorts(4);
const factors = (...args: string[]) => run("factors", ...args, "--home", at("registry"));
const json = async (...args: string[]) => JSON.parse((await factors(...args, "--json")).out);
const trustOf = async (home: string): Promise<Trust> =>
  parseTrust(JSON.parse(await readFile(at(home, "network.json"), "utf8")));

beforeAll(async () => {
  const ports = ["--port", `${grpcPort}`, "--http-port", `${httpPort}`];
  expect((await run("init", "--home", at("registry"), "--name", "Demo", ...ports)).code).toBe(0);
});

describe("factor sets by the command line", () => {
  const FIRST = setOf([rowOf(), rowOf({ key: "oats", label: "Oats" })], { attribution: "Fixture Institute" });
  const SECOND = setOf(
    [
      rowOf({ value: "5", change: { reason: "error", note: "a misplaced point" } }),
      rowOf({ key: "oat", label: "Oats", change: { reason: "rename", from: "oats" } }),
    ],
    { version: "2.0.0", supersedes: "1.0.0" },
  );
  const SECRET = setOf([rowOf()], { id: "secret-factors", redistribution: false, licence: "for members only" });
  const propose = (set: typeof FIRST) =>
    writeProposal(at("registry"), set, { v: 1, format: "x", notices: [], held: [] });
  const [V1, V2] = ["fixture-factors@1.0.0", "fixture-factors@2.0.0"];

  it("are none at first", async () => {
    expect(await factors("list")).toMatchObject({ code: 0, out: "none\n" });
    const missing = await factors("import", at("no-such-file.csv"));
    expect([missing.code, missing.err.split("\n")[0]]).toEqual([1, "error FACTOR_FILE_INVALID"]);
    await writeFile(at("unknown.csv"), "a,b\n");
    const unknown = await factors("import", at("unknown.csv"));
    expect([unknown.code, unknown.err.split("\n")[0]]).toEqual([1, "error FACTOR_FORMAT_UNKNOWN"]);
  });

  it("are approved in one command, or by a maintainer elsewhere", async () => {
    await propose(FIRST);
    expect((await factors("list")).out).toBe(`${V1} proposed: 2 rows, 0 held\n`);
    const first = await factors("approve", V1, "--maintainer", "maintainer-1");
    expect(first).toMatchObject({ code: 0, err: "" });
    expect(first.out).toContain("1 of 2 approvals: maintainer-1\n");
    await cp(at("registry", "proposals", V1), at("away"), { recursive: true });
    const signed = await run("factors", "sign", at("away"), "--key", at("registry", "keys", "maintainer-3.json"));
    expect(signed).toMatchObject({ code: 0, err: "" });
    expect(signed.out).toContain(`maintainer-3 signed entry 0 of demo.registry/factors: publish ${V1}\nnot checked`);
    await cp(at("away", "approvals"), at("registry", "proposals", V1, "approvals"), { recursive: true });
    const second = await factors("approve", V1, "--maintainer", "maintainer-1");
    expect(second.out).toBe(`published ${V1} as entry 0, approved by maintainer-1, maintainer-3\n`);
    await propose(SECRET);
    expect((await factors("approve", "secret-factors@1.0.0")).out).toContain("as entry 1");
    const nothing = await run("factors", "sign", at("nowhere"), "--key", at("registry", "keys", "maintainer-3.json"));
    expect([nothing.code, nothing.err.split("\n")[0]]).toEqual([1, "error PROPOSAL_INVALID"]);
  });

  it("are held back until their outliers are released", async () => {
    await propose(SECOND);
    expect((await factors("show", V2)).out).toContain(`proposed ${V2} (2 rows, x)`);
    expect(await json("show", V2)).toMatchObject({ set: SECOND.set, rows: SECOND.rows, notices: [], held: [] });
    expect((await factors("diff", V1, V2)).out).toContain("0 added, 0 removed, 1 renamed, 1 changed, 0 unchanged");
    const held = await factors("approve", V2);
    expect([held.code, held.out]).toEqual([1, ""]);
    expect(held.err).toContain("error FACTORS_HELD\n");
    expect(held.err).toContain("soy (Soybean farming): +400 % beyond price year and GWP set");
    expect(held.err).toContain("--release-all");
    const released = await factors("approve", V2, "--release", "soy", "--reason", "read the erratum");
    expect(released).toMatchObject({ code: 0, err: "" });
    expect((await factors("list")).out).toContain(
      `${V2}: 2 rows, AR4, entry 2; outliers released: 1 (read the erratum)\n`,
    );
  });

  it("show a row with its history and a proof at the size of the registry [REG-4]", async () => {
    const { out } = await factors("show", V2, "oat");
    expect(out).toContain("Oats: 1 kg CO2e per USD");
    expect(out).toContain('  1.0.0 oats "Oats" 1\n  2.0.0 oat "Oats" 1 (rename)\n');
    expect((await factors("show", V2, "soy")).out).toContain("error in the earlier version +4 (a misplaced point)");
    const shown = await json("show", V2, "soy");
    const [set, row] = [parseFactorSet(shown.set), parseFactorRow(shown.row) as FactorRow];
    const proof = shown.inSet.proof.map(decodeBase64);
    verifyFactorRow(set, row, shown.inSet.index, proof);
    expect(() => verifyFactorRow(set, { ...row, label: "x" }, shown.inSet.index, proof)).toThrow("FACTOR_ROW_UNPROVEN");
    expect(hashLeaf(factorRowBytes(row))).toHaveLength(32);
    const { checkpoint } = openCheckpoint(
      shown.inLog.checkpoint,
      trustedLogKey((await trustOf("registry")).logs.factors),
    );
    expect(checkpoint.treeSize).toBe(3);
    await operateRegistry(
      await openRegistryHome(at("registry")),
      async (registry) => {
        const leaf = (await registry.leavesOf("factors"))[shown.inLog.index] ?? new Uint8Array();
        const path = shown.inLog.proof.map(decodeBase64);
        verifyInclusion(hashLeaf(leaf), 2, checkpoint.treeSize, path, checkpoint.rootHash);
      },
      "read",
    );
    expect(await json("show", V1)).toMatchObject({
      index: 0,
      set: { attribution: "Fixture Institute" },
      rows: FIRST.rows,
    });
    expect((await factors("show", V1)).out).toContain('oats "Oats": 1 kg CO2e per USD, cradle-to-gate\n');
  });

  it("prove a row to whoever has the trust file alone [REG-4]", async () => {
    const file = at("soy.json");
    expect(await factors("show", V2, "soy", "--proof", file)).toMatchObject({ code: 0, err: "" });
    const verify = (network: string) => run("factors", "verify", file, "--network", network);
    const verified = await verify(at("registry", "network.json"));
    expect(verified).toMatchObject({ code: 0, err: "" });
    expect(verified.out).toContain(`is a row of ${V2}, published in demo.registry/factors by its size 3\n`);
    await run("init", "--home", at("other"), "--name", "Demo");
    expect((await verify(at("other", "network.json"))).err).toContain("ROW_PROOF_INVALID");
    expect((await factors("show", V2, "soy", "--proof", file)).err).toContain("EXPORT_EXISTS");
    const secret = await factors("show", "secret-factors@1.0.0", "soy", "--proof", at("secret.json"));
    expect(secret.err).toContain("FACTORS_RESTRICTED");
    expect((await factors("show", V2, "--proof", at("whole.json"))).code).toBe(2);
    await writeFile(file, "{}");
    expect((await verify(at("registry", "network.json"))).err).toContain("ROW_PROOF_INVALID");
  });

  it("are compared", async () => {
    expect((await factors("diff", V1, V2)).out).toContain("0 added, 0 removed, 1 renamed, 1 changed, 0 unchanged");
    expect(await json("diff", V1, V2)).toMatchObject({
      renamed: [{ from: { key: "oats" }, to: { key: "oat" } }],
      changed: [{ key: "soy", before: "1", after: "5", parts: [{ cause: "error", kgCo2e: "4" }] }],
    });
  });

  it("are compared by the rate set that is asked for", async () => {
    await writeFile(at("rates.json"), JSON.stringify(RATES));
    const added = await run("rates", "add", at("rates.json"), "--home", at("registry"));
    expect(added).toMatchObject({ code: 0, out: "fixture-rates@1.0.0 is entry 3\n" });
    expect((await run("rates", "add", at("rates.json"), "--home", at("registry"))).err).toContain("CHANGE_INVALID");
    await writeFile(at("rates.json"), JSON.stringify({ ...RATES, version: "x" }));
    expect((await run("rates", "add", at("rates.json"), "--home", at("registry"))).err).toContain("RATES_INVALID");
    expect((await factors("diff", V1, V2, "--rates", "fixture-rates@1.0.0")).code).toBe(0);
    expect((await factors("diff", V1, V2, "--rates", "fixture-rates@9.0.0")).err).toContain("RATES_UNKNOWN");
  });

  it("are exported with their attribution, where the licence allows it, and never over a file", async () => {
    const wrote = await factors("export", V1, "-o", at("out.jsonl"));
    expect(wrote).toMatchObject({ code: 0, err: "" });
    expect(wrote.out).toContain("to be said with the rows: Fixture Institute");
    const [head, ...rows] = (await readFile(at("out.jsonl"), "utf8")).trimEnd().split("\n");
    expect(JSON.parse(head ?? "")).toEqual({ v: 1, set: FIRST.set });
    expect(rows.map((row) => parseFactorRow(JSON.parse(row)))).toEqual(FIRST.rows);
    expect((await factors("export", V1, "-o", at("out.jsonl"))).err).toContain("EXPORT_EXISTS");
    const refused = await factors("export", "secret-factors@1.0.0", "-o", at("secret.jsonl"));
    expect([refused.code, refused.err.split("\n")[0]]).toEqual([1, "error FACTORS_RESTRICTED"]);
    expect(await readdir(folder.path)).not.toContain("secret.jsonl");
  });

  it("are withdrawn, and stay readable [REG-5]", async () => {
    const withdrawn = await factors("withdraw", V1, "--reason", "error", "--note", "a misplaced point");
    expect(withdrawn).toMatchObject({ code: 0, out: expect.stringContaining(`withdrew ${V1} as entry 4`) });
    expect((await factors("show", V1, "soy")).out).toContain("WITHDRAWN (error): a misplaced point\n");
    expect((await factors("list")).out).toContain(`${V1}: 2 rows, AR4, entry 0; WITHDRAWN by entry 4 (error)`);
    expect((await run("status", "--home", at("registry"))).out).toContain(`withdrawn ${V1}\n`);
    const again = await factors("withdraw", V1, "--reason", "error", "--note", "again");
    expect([again.code, again.err.split("\n")[0]]).toEqual([1, "error CHANGE_INVALID"]);
  });

  it("may be there under new names, as a map says that a person confirms", async () => {
    await propose(
      setOf([rowOf({ key: "oat-grain" }), rowOf({ value: "5" })], { version: "3.0.0", supersedes: "2.0.0" }),
    );
    const wrote = await factors("renames", "fixture-factors@3.0.0", "-o", at("renames.json"));
    expect(wrote).toMatchObject({ code: 0, err: "" });
    const map = JSON.parse(await readFile(at("renames.json"), "utf8"));
    expect(parseRenameMap("renames.json", map)).toEqual({
      v: 1,
      set: "fixture-factors",
      version: "3.0.0",
      supersedes: "2.0.0",
      renames: [{ from: "oat", to: "oat-grain", reason: "50 % of the words, figures equal", confirmed: false }],
    });
    expect((await factors("renames", "fixture-factors@3.0.0", "-o", at("renames.json"))).err).toContain(
      "EXPORT_EXISTS",
    );
    await writeFile(at("bad.json"), JSON.stringify({ ...map, v: 2 }));
    const refused = await factors("import", at("unknown.csv"), "--renames", at("bad.json"));
    expect(refused.err).toContain("error FACTOR_FILE_INVALID\n  file: bad.json\n");
    await factors("discard", "fixture-factors@3.0.0");
  });

  it("are discarded as long as they are proposals", async () => {
    await propose(setOf([rowOf()], { version: "3.0.0", supersedes: "2.0.0" }));
    const report = at("registry", "proposals", "fixture-factors@3.0.0", "report.json");
    await writeFile(report, "{");
    expect((await factors("list")).out).toMatch(/fixture-factors@3\.0\.0 proposed: PROPOSAL_INVALID/);
    expect(await factors("discard", "fixture-factors@3.0.0")).toMatchObject({ code: 0, err: "" });
    expect((await factors("discard", "fixture-factors@3.0.0")).err).toContain("PROPOSAL_INVALID");
  });

  it.each([
    [["show", "fixture-factors@9.0.0"], "FACTOR_VERSION_UNKNOWN"],
    [["show", V1, "rye"], "FACTOR_KEY_UNKNOWN"],
    [["diff", V1, "fixture-factors@9.0.0"], "FACTOR_VERSION_UNKNOWN"],
    [["export", "fixture-factors@9.0.0", "-o", "x"], "FACTOR_VERSION_UNKNOWN"],
    [["withdraw", "fixture-factors@9.0.0", "--reason", "error", "--note", "x"], "FACTOR_VERSION_UNKNOWN"],
    [["approve", "fixture-factors@9.0.0"], "PROPOSAL_INVALID"],
  ] as [string[], string][])("are refused: %j", async (args, code) => {
    const { code: exit, out, err } = await factors(...args, "--json");
    expect([exit, out, JSON.parse(err).error.code]).toEqual([1, "", code]);
  });
});

describe.skipIf(!hasPublishedData)("EPA's two releases", () => {
  const files = (version: string, year: string): string[] =>
    ["co2e", "byghg"].map((kind) => publishedFactors(`epa_supplychain_v${version}_naics_${kind}_usd${year}.csv`));
  const served = ["--home", at("served")];
  const run2 = (...args: string[]) => run("factors", ...args, ...served);

  it("are proposed, approved, served, replicated and proven row by row", async () => {
    const ports = ["--port", `${otherGrpc}`, "--http-port", `${otherHttp}`];
    await run("init", ...served, "--name", "Demo", ...ports);
    await run2("import", "--starter");
    const proposed = await run2("import", ...files("1.2", "2021"));
    expect(proposed).toMatchObject({ code: 0, err: "" });
    expect(proposed.out).toContain("proposed epa-supply-chain@1.2.0 (2032 rows, epa-supply-chain)");
    expect(proposed.out).toContain("rounding-gap 120: row 4");
    expect((await run2("approve", "epa-supply-chain@1.2.0")).out).toContain("as entry 3");

    const registry = await serveRegistry(at("served"));
    try {
      const stated = ["--change-reason", "methodology", "--change-note", "a newer input-output model"];
      const next = JSON.parse((await run2("import", ...files("1.3.0", "2022"), ...stated, "--json")).out);
      expect(next).toMatchObject({
        proposed: "epa-supply-chain@1.3.0",
        set: { supersedes: "1.2.0" },
        rates: "starter-rates@2026.1.0",
        changes: { added: 0, removed: 0, changed: 2_027 },
      });
      const held = next.held.map(({ key }: { key: string }) => key);
      expect(held).toHaveLength(268);
      expect(held).toEqual(expect.arrayContaining(["562212", "562920"]));
      expect((await run2("approve", "epa-supply-chain@1.3.0")).err).toContain("held: 268");
      const release = ["--release-all", "--reason", "EPA explains its new model"];
      const first = await run2("approve", "epa-supply-chain@1.3.0", ...release, "--maintainer", "maintainer-1");
      expect(first.out).toContain("1 of 2 approvals: maintainer-1\n");
      const key = ["--key", at("served", "keys", "maintainer-2.json"), "--network", at("served", "network.json")];
      const signed = await run("factors", "sign", at("served", "proposals", "epa-supply-chain@1.3.0"), ...key);
      expect(signed).toMatchObject({ code: 0, err: "" });
      expect(signed.out).toContain("lets 268 held rows pass: EPA explains its new model\nsend");
      const second = await run2("approve", "epa-supply-chain@1.3.0", "--maintainer", "maintainer-1");
      expect(second.out).toContain("as entry 4, approved by maintainer-1, maintainer-2\n");

      const trust = await trustOf("served");
      const seed = new Uint8Array(32).fill(7);
      const identity = await createTransportIdentity(privateKeyFromSeed(seed), seed, "a member");
      const connection = connectRegistry(trust, identity);
      const now = (): number => Math.floor(Date.now() / 1000);
      const replica = await Replica.open({ trust, store: openMemoryStore(), now });
      await replica.sync(connection, AbortSignal.timeout(20_000));
      connection.close();
      const set = replica.state.factorSet("epa-supply-chain", "1.3.0");
      expect(set).toMatchObject({ index: 4, releases: [{ rows: 268 }] });
      const rows = set === undefined ? [] : replica.rowsOf(set.document);
      const soy = rows.find(({ key }) => key === "111110");
      expect(soy).toMatchObject({ value: "0.532", change: { reason: "methodology" } });

      const shown = JSON.parse((await run2("show", "epa-supply-chain@1.3.0", "111110", "--json")).out);
      expect(shown.row).toEqual(soy);
      if (set === undefined || soy === undefined) return;
      verifyFactorRow(set.document, soy, shown.inSet.index, shown.inSet.proof.map(decodeBase64));
      const longest = Math.max(...rows.map((row) => factorRowBytes(row).length));
      const total = rows.reduce((sum, row) => sum + factorRowBytes(row).length, 0);
      expect([longest < 16_384 / 4, total < (64 * 1024 * 1024) / 10]).toEqual([true, true]);
    } finally {
      await registry.close();
    }
    await rm(at("served"), { recursive: true });
  });
});
