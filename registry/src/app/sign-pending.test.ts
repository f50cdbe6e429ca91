import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { FactorSet } from "@tallystick/contracts";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { rowOf, setOf } from "../factors/factors.fixture.ts";
import type { FactorSetWithRows } from "../starter/starter-set.ts";
import { approveFactors, withdrawFactors } from "./govern-factors.ts";
import { registryOptions, scratch } from "./network.fixture.ts";
import { importFactorSet, operateRegistry, type RegistryAccess } from "./operate.ts";
import { proposalPath, writeProposal } from "./proposal-files.ts";
import { heldOf } from "./propose-factors.ts";
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
  await work((registry) => importFactorSet(registry, FIRST));
});

const FIRST = setOf([rowOf(), rowOf({ key: "oats" })]);
const NEXT: Partial<FactorSet> = { version: "2.0.0", supersedes: "1.0.0" };
const SMALL = setOf([rowOf({ value: "1.1" }), rowOf({ key: "oats" })], NEXT);
const OUTLIER = setOf([rowOf({ value: "5" }), rowOf({ key: "oats" })], NEXT);
const NAME = "fixture-factors@2.0.0";

const work = <T>(use: (registry: RegistryAccess) => Promise<T>): Promise<T> => operateRegistry(home, use);
const proposal = (): string => proposalPath(home.path, NAME);

/** Proposes a version, and has the first maintainer approve it, who lets everything pass. */
async function approveFirst(set: FactorSetWithRows): Promise<void> {
  await work(async (registry) => {
    const held = await heldOf(registry, set);
    await writeProposal(home.path, set, { v: 1, format: "fixture", notices: [], held });
    const release = held.length === 0 ? {} : { release: { keys: "all", reason: "seen" } as const };
    await approveFactors(registry, home, NAME, { maintainer: "maintainer-1", ...release });
  });
}

const key = () => join(home.path, "keys", "maintainer-2.json");
const sign = (path = proposal()) => work((registry) => signPending(path, key(), registry));

/** Edits a JSON document of the proposal's folder. */
async function edit(name: string, change: (document: Record<string, unknown>) => object): Promise<void> {
  const file = join(proposal(), name);
  await writeFile(file, JSON.stringify(change(JSON.parse(await readFile(file, "utf8")))));
}

describe("signing elsewhere, with the registry asked", () => {
  it("signs what comes next in the log and lets pass what is held", async () => {
    await approveFirst(OUTLIER);
    expect(await sign()).toEqual({
      kid: "maintainer-2",
      log: home.trust.logs.factors.origin,
      sequence: 1,
      what: `publish ${NAME}`,
      releases: [{ rows: 1, reason: "seen" }],
    });
    const done = await work((registry) => approveFactors(registry, home, NAME, { maintainer: "maintainer-1" }));
    expect(done).toMatchObject({ index: 1, approvedBy: ["maintainer-1", "maintainer-2"] });
  });

  it("believes the registry, where the folder hides what is held [REG-7]", async () => {
    await approveFirst(OUTLIER);
    await edit("report.json", (report) => ({ ...report, held: [] }));
    await edit("change.json", ({ change, ...payload }) => {
      const { releases: _releases, ...hidden } = change as { releases: unknown };
      return { ...payload, change: hidden };
    });
    await expect(sign()).rejects.toMatchObject({
      code: "PROPOSAL_INVALID",
      details: { reason: "the change does not let pass what is held" },
    });
    // Alone, the folder cannot be told from one that holds nothing back.
    expect(await signPending(proposal(), key(), "folder-alone")).toMatchObject({ kid: "maintainer-2" });
  });

  it("refuses releases of other rows than those that are held", async () => {
    await approveFirst(OUTLIER);
    await edit("change.json", ({ change, ...payload }) => {
      const releases = [{ rows: 1, keys: ["oats"], reason: "seen" }];
      return { ...payload, change: { ...(change as object), releases } };
    });
    await expect(sign()).rejects.toMatchObject({ code: "PROPOSAL_INVALID" });
  });

  it("signs nothing that is of another place in the log", async () => {
    await approveFirst(SMALL);
    await work((registry) => importFactorSet(registry, setOf([rowOf()], { id: "other-factors" })));
    await expect(sign()).rejects.toMatchObject({ details: { reason: "another change comes next in the log" } });
  });

  it("signs no version that could not be published", async () => {
    await approveFirst(SMALL);
    const { supersedes: _supersedes, ...set } = SMALL.set;
    await edit("set.json", () => set);
    await edit("change.json", ({ change, ...payload }) => ({ ...payload, change: { ...(change as object), set } }));
    await expect(sign()).rejects.toMatchObject({ code: "CHANGE_INVALID" });
  });

  it("signs a withdrawal of what is published", async () => {
    const statement = { reason: "error", note: "diesel was rounded to zero" } as const;
    await work((registry) =>
      withdrawFactors(registry, home, "fixture-factors@1.0.0", { maintainer: "maintainer-1", statement }),
    );
    const pending = join(home.path, "withdrawals", "fixture-factors@1.0.0");
    expect((await sign(pending)).what).toBe("withdraw fixture-factors@1.0.0: error: diesel was rounded to zero");
  });

  it("signs neither rates nor what is no change of factors", async () => {
    await approveFirst(SMALL);
    for (const change of [{ kind: "rates", maintainersAt: 0, set: {} }, { kind: "bogus" }, {}]) {
      await edit("change.json", (payload) => ({ ...payload, change }));
      await expect(sign()).rejects.toMatchObject({ details: { reason: "neither a version nor a withdrawal" } });
    }
  });
});
