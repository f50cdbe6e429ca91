import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { signCheckpoint } from "@tallystick/proto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scratch } from "../app/network.fixture.ts";
import { firstEvent, keyOf, signEvent } from "../core/registry.fixture.ts";
import { run } from "./run.fixture.ts";

const folder = await scratch();
const at = (...names: string[]): string => join(folder.path, ...names);
const ANNA = "did:web:anna.example";
const members = (...args: string[]) => run("members", ...args, "--home", at("registry"));

beforeAll(async () => {
  await run("init", "--home", at("registry"), "--name", "Consortium");
  const request = { v: 1, event: signEvent(firstEvent("anna"), "anna attest 1") };
  await writeFile(at("join-request.json"), JSON.stringify(request));
  expect((await run("admit", at("join-request.json"), "--home", at("registry"))).code).toBe(0);
  const note = (root: number): string =>
    signCheckpoint(
      { origin: "anna.example/feed", treeSize: 5, rootHash: new Uint8Array(32).fill(root) },
      keyOf("anna checkpoint 1"),
    );
  await writeFile(at("A.note"), note(1));
  await writeFile(at("B.note"), note(2));
});
afterAll(() => folder.remove());

const standing = async (): Promise<boolean> =>
  JSON.parse((await run("status", "--home", at("registry"), "--json")).out).members[0].suspended;

describe("tally-registry members", () => {
  it("suspends by evidence that everyone can get, and reinstates, each by m of n [REG-11]", async () => {
    const twice = await members("suspend", ANNA, "--reason", "forked", "--evidence", at("A.note"), at("A.note"));
    expect(twice).toMatchObject({ code: 1 });
    expect(twice.err).toContain("no fork proof");
    const one = await members(
      ...["suspend", ANNA, "--reason", "two histories", "--maintainer", "maintainer-1"],
      ...["--evidence", at("A.note"), at("B.note")],
    );
    expect(one.out).toContain("1 of 2 approvals: maintainer-1");
    expect(await standing()).toBe(false);

    // The second maintainer signs on a machine of their own.
    const waiting = at("registry", "standing", encodeURIComponent(ANNA));
    await mkdir(at("elsewhere"));
    await copyFile(join(waiting, "change.json"), at("elsewhere", "change.json"));
    const key = at("registry", "keys", "maintainer-2.json");
    const signed = await run("members", "sign", at("elsewhere"), "--key", key);
    expect(signed.out).toContain(`maintainer-2 signed entry 2 of registry`.slice(0, 25));
    expect(signed.out).toContain(`suspend ${ANNA}: two histories, by evidence`);
    await copyFile(at("elsewhere", "approvals", "maintainer-2.json"), join(waiting, "approvals", "maintainer-2.json"));
    const both = await members("suspend", ANNA, "--maintainer", "maintainer-1");
    expect(both.out).toBe(`suspend ${ANNA} as entry 2, approved by maintainer-1, maintainer-2\n`);
    expect(await standing()).toBe(true);

    const history = await members("history", ANNA, "-o", at("evidence"));
    expect(history.out).toContain("entry 2: suspend: two histories\n  evidence ");
    for (const name of ["A.note", "B.note"]) {
      expect(await readFile(at("evidence", name), "utf8")).toBe(await readFile(at(name), "utf8"));
    }
    expect((await members("reinstate", ANNA, "--reason", "explained: a restored disk")).out).toContain("as entry 3");
    expect(await standing()).toBe(false);
    expect((await members("history", ANNA, "--json")).out).toContain('"reinstate"');
  });

  it("changes nothing where there is nothing to change", async () => {
    const again = await members("reinstate", ANNA, "--reason", "again");
    expect(again.err).toContain("changes nothing");
    expect((await members("suspend", ANNA)).err).toContain("give its reason");
    expect((await members("suspend", "did:web:nobody.example", "--reason", "x")).err).toContain("is no member");
    expect((await members("suspend", ANNA, "--reason", "x", "--evidence", at("nothing"))).err).toContain(
      "cannot be read",
    );
  });
});
