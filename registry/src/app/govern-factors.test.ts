import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { FactorSet } from "@tallystick/contracts";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { rowOf, setOf } from "../factors/factors.fixture.ts";
import type { FactorSetWithRows } from "../starter/starter-set.ts";
import { approveFactors, withdrawFactors } from "./govern-factors.ts";
import { registryOptions, scratch } from "./network.fixture.ts";
import { importFactorSet, operateRegistry, type RegistryAccess } from "./operate.ts";
import { listProposals, proposalPath, readProposal, writeProposal } from "./proposal-files.ts";
import { initRegistry, openRegistryHome, type RegistryHome } from "./registry-home.ts";
import { signPending } from "./sign-pending.ts";

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

const FIRST = setOf([rowOf()]);
const NEXT: Partial<FactorSet> = { version: "2.0.0", supersedes: "1.0.0" };
const SECOND = setOf([rowOf({ value: "1.1" })], NEXT);
const OUTLIER = setOf([rowOf({ value: "5" }), rowOf({ key: "oats", value: "5" })], NEXT);
const BEFORE_OUTLIER = setOf([rowOf(), rowOf({ key: "oats" })]);
const NAME = "fixture-factors@2.0.0";
const PLAIN = { v: 1, format: "fixture", notices: [], held: [] } as const;
const ALL = { keys: "all", reason: "the publisher explains it" } as const;

const work = <T>(use: (registry: RegistryAccess) => Promise<T>): Promise<T> => operateRegistry(home, use);
const propose = (set: FactorSetWithRows) => writeProposal(home.path, set, PLAIN);
const publish = (set: FactorSetWithRows) => work((registry) => importFactorSet(registry, set));
const approve = (name: string, options: Parameters<typeof approveFactors>[3] = {}) =>
  work((registry) => approveFactors(registry, home, name, options));
const alone = (kid: string) => ({ maintainer: kid });

describe("approving a proposed version", () => {
  it("publishes it at once where enough keys lie in one folder, and tidies up", async () => {
    await propose(FIRST);
    expect(await approve("fixture-factors@1.0.0")).toMatchObject({ index: 0, required: 2, voided: [] });
    expect(await listProposals(home.path)).toEqual([]);
    await work(async (registry) => {
      expect(await registry.rowsOf(FIRST.set)).toEqual(FIRST.rows);
      expect(registry.state.factorSet("fixture-factors", "1.0.0")).toEqual({ document: FIRST.set, index: 0 });
    });
  });

  it("waits until m of n maintainers signed the same change [REG-1]", async () => {
    await propose(FIRST);
    const first = await approve("fixture-factors@1.0.0", alone("maintainer-1"));
    expect(first).toEqual({ approvedBy: ["maintainer-1"], required: 2, voided: [] });
    expect(await approve("fixture-factors@1.0.0", alone("maintainer-1"))).toEqual(first);
    await work(async ({ state }) => expect([...state.factorSets]).toEqual([]));
    const second = await approve("fixture-factors@1.0.0", alone("maintainer-3"));
    expect(second).toMatchObject({ index: 0, approvedBy: ["maintainer-1", "maintainer-3"] });
  });

  it("takes what a maintainer signed on another machine", async () => {
    const { path } = await propose(FIRST);
    await approve("fixture-factors@1.0.0", alone("maintainer-1"));
    const away = join(folder.path, `${at}-away`);
    await cp(path, away, { recursive: true });
    const key = join(home.path, "keys", "maintainer-2.json");
    expect(await signPending(away, key, "folder-alone")).toMatchObject({
      kid: "maintainer-2",
      sequence: 0,
      what: "publish fixture-factors@1.0.0",
    });
    await cp(join(away, "approvals"), join(path, "approvals"), { recursive: true });
    await rm(key);
    await rm(join(home.path, "keys", "maintainer-3.json"));
    home = await openRegistryHome(home.path);
    expect(await approve("fixture-factors@1.0.0")).toMatchObject({
      index: 0,
      approvedBy: ["maintainer-1", "maintainer-2"],
    });
  });

  it("says whose approvals are void when the log went on after them", async () => {
    await propose(FIRST);
    await approve("fixture-factors@1.0.0", alone("maintainer-1"));
    await publish(setOf([rowOf()], { id: "other-factors" }));
    const again = await approve("fixture-factors@1.0.0", alone("maintainer-2"));
    expect(again).toEqual({ approvedBy: ["maintainer-2"], required: 2, voided: ["maintainer-1"] });
    expect(await approve("fixture-factors@1.0.0", alone("maintainer-1"))).toMatchObject({ index: 1, voided: [] });
  });

  it.each<[string, string, string]>([
    ["is damaged", "{", "not an approval"],
    ["is by nobody known", "kid", "eve is no maintainer"],
    ["has another's signature", "signature", "the signature is bad"],
    ["has no signature", "none", "not a signature"],
  ])("refuses an approval that %s", async (_what, how, reason) => {
    const { path } = await propose(FIRST);
    await approve("fixture-factors@1.0.0", alone("maintainer-1"));
    const file = join(path, "approvals", "maintainer-1.json");
    const approval = JSON.parse(await readFile(file, "utf8"));
    const changed = { kid: { kid: "eve" }, signature: { kid: "maintainer-2" }, none: { signature: "?" } }[how] ?? {};
    const text = how === "{" ? how : JSON.stringify({ ...approval, ...changed });
    await writeFile(join(path, "approvals", "x.json"), text);
    if (how === "signature") await rm(file);
    const failure = approve("fixture-factors@1.0.0", alone("maintainer-3"));
    await expect(failure).rejects.toMatchObject({ code: "PROPOSAL_INVALID", details: { reason } });
    await work(async ({ state }) => expect([...state.factorSets]).toEqual([]));
  });

  it("needs a key that lies here", async () => {
    await propose(FIRST);
    await expect(approve("fixture-factors@1.0.0", alone("maintainer-9"))).rejects.toThrow("REGISTRY_HOME_INVALID");
  });

  it("goes on where it was cut short, before the log had the version and after", async () => {
    await propose(FIRST);
    const cut = work((registry) => {
      const submitSigned = () => Promise.reject(new Error("the plug was pulled"));
      return approveFactors({ ...registry, submitSigned }, home, "fixture-factors@1.0.0");
    });
    await expect(cut).rejects.toThrow("the plug was pulled");
    await work(async (registry) => {
      expect([...registry.state.factorSets]).toEqual([]);
      expect(await registry.rowsOf(FIRST.set)).toEqual(FIRST.rows);
    });
    expect(await approve("fixture-factors@1.0.0")).toMatchObject({ index: 0 });
    await propose(FIRST);
    expect(await approve("fixture-factors@1.0.0")).toMatchObject({ index: 0 });
    expect(await listProposals(home.path)).toEqual([]);
    expect(await approve("fixture-factors@1.0.0")).toEqual({ index: 0, approvedBy: [], required: 2, voided: [] });
    await work(async ({ state }) => expect(state.log("factors").size).toBe(1));
  });
});

describe("the outlier gate", () => {
  it("holds a version back until somebody let its outliers pass, and says so in the log [REG-7]", async () => {
    await publish(BEFORE_OUTLIER);
    await propose(OUTLIER);
    await expect(approve(NAME)).rejects.toMatchObject({
      code: "FACTORS_HELD",
      details: {
        set: NAME,
        held: 2,
        rows: [expect.stringMatching(/^oats \(.*\+400 %/), expect.stringMatching(/^soy/)],
      },
    });
    const unheld = approve(NAME, { release: { keys: ["rye"], reason: "seen" } });
    await expect(unheld).rejects.toMatchObject({ code: "FACTOR_KEY_UNKNOWN" });
    expect(await approve(NAME, { release: ALL })).toMatchObject({ index: 1 });
    await work(async ({ state }) => {
      const releases = [{ rows: 2, reason: ALL.reason }];
      expect(state.factorSet("fixture-factors", "2.0.0")).toMatchObject({ releases });
    });
  });

  it("takes releases one after another, each for its own reason, and only once", async () => {
    await publish(BEFORE_OUTLIER);
    await propose(OUTLIER);
    const release = (key: string, reason: string) => approve(NAME, { release: { keys: [key], reason } });
    await expect(release("oats", "a new model")).rejects.toMatchObject({ details: { held: 1 } });
    await expect(release("oats", "again")).rejects.toMatchObject({ details: { held: 1 } });
    await expect(approve(NAME)).rejects.toMatchObject({ details: { rows: [expect.stringMatching(/^soy/)] } });
    await expect(release("soy", "two\nlines")).rejects.toMatchObject({ code: "PROPOSAL_INVALID" });
    expect(await release("soy", "an erratum")).toMatchObject({ index: 1 });
    await work(async ({ state }) => {
      expect(state.factorSet("fixture-factors", "2.0.0")?.releases).toEqual([
        { rows: 1, keys: ["oats"], reason: "a new model" },
        { rows: 1, keys: ["soy"], reason: "an erratum" },
      ]);
    });
  });

  it("voids the approvals of maintainers who did not see a later release", async () => {
    await publish(BEFORE_OUTLIER);
    const { path } = await propose(OUTLIER);
    await approve(NAME, { ...alone("maintainer-1"), release: { keys: ["oats", "soy"], reason: "seen" } });
    const kept = JSON.parse(await readFile(join(path, "releases.json"), "utf8"));
    kept.releases[0].reason = "something else";
    await writeFile(join(path, "releases.json"), JSON.stringify(kept));
    const again = await approve(NAME, alone("maintainer-2"));
    expect(again).toMatchObject({ approvedBy: ["maintainer-2"], voided: ["maintainer-1"] });
    await writeFile(join(path, "releases.json"), "{}");
    await expect(approve(NAME)).rejects.toMatchObject({ code: "PROPOSAL_INVALID", details: { reason: "no releases" } });
  });

  it("asks the next maintainer to sign what the first one let pass", async () => {
    await publish(BEFORE_OUTLIER);
    await propose(OUTLIER);
    await approve(NAME, { ...alone("maintainer-1"), release: { keys: ["oats", "soy"], reason: "seen" } });
    expect(await approve(NAME, alone("maintainer-2"))).toMatchObject({ index: 1 });
  });

  it("believes the rows, not the folder's report", async () => {
    await publish(BEFORE_OUTLIER);
    const { path, report } = await propose(OUTLIER);
    expect(report.held).toEqual([]);
    await expect(approve(NAME)).rejects.toThrow("FACTORS_HELD");
    await approve(NAME, { ...alone("maintainer-1"), release: ALL });
    await expect(signPending(path, join(home.path, "keys", "maintainer-2.json"), "folder-alone")).rejects.toThrow(
      "PROPOSAL_INVALID",
    );
  });

  it("is not passed by a row that says it had a key which nobody knows", async () => {
    await publish(FIRST);
    await propose(setOf([rowOf({ key: "soya", value: "5", change: { reason: "rename", from: "soi" } })], NEXT));
    await expect(approve(NAME)).rejects.toMatchObject({
      code: "FACTOR_KEY_UNKNOWN",
      details: { set: "fixture-factors@1.0.0", key: "soi" },
    });
  });

  it("is not passed by a version that says it supersedes none", async () => {
    await publish(FIRST);
    await propose(setOf([rowOf({ value: "5" })], { version: "2.0.0" }));
    await expect(approve(NAME)).rejects.toMatchObject({ code: "CHANGE_INVALID" });
  });
});

describe("a proposal's folder", () => {
  it("is read back strictly", async () => {
    const { path } = await propose(SECOND);
    expect(await readProposal(path)).toEqual({ ...SECOND, path, report: PLAIN });
    const row = (await readFile(join(path, "rows.jsonl"), "utf8")).trimEnd();
    const set = JSON.parse(await readFile(join(path, "set.json"), "utf8"));
    const broken: readonly [string, string][] = [
      ["rows.jsonl", row],
      ["rows.jsonl", `${row.replace('"1.1"', '"1.2"')}\n`],
      ["rows.jsonl", `${row}\n${row}\n`],
      ["rows.jsonl", `${row.replace('"key"', ' "key"')}\n`],
      ["rows.jsonl", ""],
      ["set.json", JSON.stringify({ ...set, more: 1 })],
      ["set.json", JSON.stringify({ ...set, rowCount: 2 })],
      ["set.json", "x".repeat(70_000)],
      ["report.json", JSON.stringify({ ...PLAIN, v: 2 })],
      ["report.json", "{"],
    ];
    for (const [name, text] of broken) {
      const before = await readFile(join(path, name), "utf8");
      await writeFile(join(path, name), text);
      await expect(readProposal(path)).rejects.toMatchObject({ code: "PROPOSAL_INVALID", details: { path } });
      await writeFile(join(path, name), before);
    }
    await rm(join(path, "report.json"));
    await expect(readProposal(path)).rejects.toThrow("PROPOSAL_INVALID");
  });

  it("is kept apart from another proposal of that version, and written once", async () => {
    await propose(SECOND);
    await propose(SECOND);
    await expect(propose(OUTLIER)).rejects.toThrow("PROPOSAL_EXISTS");
    expect(await readProposal(proposalPath(home.path, NAME))).toMatchObject(SECOND);
  });

  it("is refused under another name", async () => {
    const { path } = await propose(SECOND);
    await cp(path, proposalPath(home.path, "fixture-factors@3.0.0"), { recursive: true });
    await expect(approve("fixture-factors@3.0.0")).rejects.toThrow("PROPOSAL_INVALID");
    await expect(approve("fixture-factors@4.0.0")).rejects.toThrow("PROPOSAL_INVALID");
  });

  it("does not show what was being written when somebody pulled the plug", async () => {
    await propose(SECOND);
    await mkdir(`${proposalPath(home.path, "fixture-factors@3.0.0")}.aB3xY9`);
    expect((await listProposals(home.path)).map((path) => path.split("/").at(-1))).toEqual([NAME]);
  });
});

describe("withdrawing a version", () => {
  const statement = { reason: "error", note: "diesel was rounded to zero" } as const;
  const NAMED = "fixture-factors@1.0.0";
  const withdraw = (options: Parameters<typeof withdrawFactors>[3]) =>
    work((registry) => withdrawFactors(registry, home, NAMED, options));

  it("marks it, with its rows still there [REG-5]", async () => {
    await publish(FIRST);
    expect(await withdraw({ statement })).toMatchObject({ index: 1 });
    await work(async (registry) => {
      expect(registry.state.factorSet("fixture-factors", "1.0.0")?.withdrawn).toEqual({ index: 1, ...statement });
      expect(await registry.rowsOf(FIRST.set)).toEqual(FIRST.rows);
    });
    await expect(withdraw({ statement })).rejects.toMatchObject({ code: "CHANGE_INVALID" });
  });

  it("waits for maintainers elsewhere as a proposal does", async () => {
    await publish(FIRST);
    await expect(withdraw({})).rejects.toMatchObject({ code: "PROPOSAL_INVALID" });
    expect(await withdraw({ statement, maintainer: "maintainer-1" })).toEqual({
      approvedBy: ["maintainer-1"],
      required: 2,
      voided: [],
    });
    const pending = join(home.path, "withdrawals", "fixture-factors@1.0.0");
    const signed = await signPending(pending, join(home.path, "keys", "maintainer-2.json"), "folder-alone");
    expect(signed.what).toBe("withdraw fixture-factors@1.0.0: error: diesel was rounded to zero");
    expect(await withdraw({ maintainer: "maintainer-1" })).toMatchObject({ index: 1 });
    expect(await readdir(join(home.path, "withdrawals"))).toEqual([]);
  });

  it("is refused of what is not published [REG-6]", async () => {
    await expect(withdraw({ statement })).rejects.toMatchObject({ code: "FACTOR_VERSION_UNKNOWN" });
  });
});
