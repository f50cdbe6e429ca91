import { cp, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { scratch } from "../app/network.fixture.ts";
import { run } from "./run.fixture.ts";

// Two of three maintainers, all keys in one folder unless they were moved away.

let folder: Awaited<ReturnType<typeof scratch>>;
let home: string[];
const at = (...names: string[]): string => join(folder.path, ...names);

beforeEach(async () => {
  folder = await scratch();
  home = ["--home", at("registry")];
  expect((await run("init", ...home, "--name", "Demo")).code).toBe(0);
});
afterEach(() => folder.remove());

async function newcomer(kid: string): Promise<string> {
  const { code, out } = await run("maintainers", "key", kid, ...home);
  expect(code).toBe(0);
  await writeFile(at(`${kid}.json`), out);
  return at(`${kid}.json`);
}

const show = async () => JSON.parse((await run("maintainers", "show", "--json", ...home)).out);

describe("tally-registry maintainers", () => {
  it("shows who approves, and puts another in the place of one whose key was lost [REG-9]", async () => {
    expect((await run("maintainers", "show", ...home)).out).toContain("2 of 3 approve a change, by entry 0");
    const added = await newcomer("maintainer-4");
    const proposed = await run(
      ...["maintainers", "propose", ...home, "--add", added, "--remove", "maintainer-3", "--reason", "key lost"],
    );
    expect(proposed).toMatchObject({ code: 0, err: "" });
    expect(proposed.out).toContain("2 of 3: maintainer-1, maintainer-2, maintainer-4 approve changes from entry 1");
    expect(await show()).toMatchObject({
      threshold: 2,
      entry: 1,
      maintainers: ["maintainer-1", "maintainer-2", "maintainer-4"].map((kid) => ({ kid, keyHere: true })),
    });
    // The registry goes on under them, also in its other logs.
    expect((await run("contracts", "add", ...home)).out).toContain("entry 0");
  });

  it("waits for whoever signs on a machine of their own, the new one too [REG-9]", async () => {
    await mkdir(at("away"));
    const own = ["maintainers", "key", "maintainer-4", "-o", at("away", "maintainer-4.json")];
    const { out: publicPart } = await run(...own);
    expect((await run(...own)).err).toContain("EXPORT_EXISTS");
    const added = at("maintainer-4.json");
    await writeFile(added, publicPart);
    for (const kid of ["maintainer-2", "maintainer-3"]) {
      await rename(at("registry", "keys", `${kid}.json`), at("away", `${kid}.json`));
    }
    const proposed = await run(
      ...["maintainers", "propose", "--json", ...home, "--add", added, "--threshold", "3", "--reason", "one more"],
    );
    expect(JSON.parse(proposed.out)).toMatchObject({ approvedBy: ["maintainer-1"], awaiting: ["maintainer-4"] });
    await cp(at("registry", "maintainers"), at("copy"), { recursive: true });
    for (const kid of ["maintainer-2", "maintainer-4"]) {
      const signed = await run("maintainers", "sign", at("copy"), "--key", at("away", `${kid}.json`), ...home);
      expect(signed).toMatchObject({ code: 0, err: "" });
      expect((await run("maintainers", "approve", "--json", ...home)).out).not.toContain('"index"');
    }
    await cp(at("copy"), at("registry", "maintainers"), { recursive: true });
    expect((await run("maintainers", "approve", ...home)).out).toContain("3 of 4");
    expect(await show()).toMatchObject({ threshold: 3, entry: 1 });
  });

  it("refuses who is none, who is one already, a threshold nobody meets, and an id that is taken", async () => {
    const refused = async (code: string, ...args: string[]): Promise<void> => {
      const result = await run("maintainers", ...args, "--json", ...home);
      expect(result.code, args.join(" ")).not.toBe(0);
      expect(result.err + result.out).toContain(code);
    };
    await refused("PROPOSAL_INVALID", "propose", "--remove", "mallory", "--reason", "x");
    await refused("CHANGE_INVALID", "propose", "--threshold", "9", "--reason", "x");
    await refused("PROPOSAL_INVALID", "key", "maintainer-1");
    await refused("PROPOSAL_INVALID", "key", "../elsewhere");
    await refused("PROPOSAL_INVALID", "approve");
    await refused("PROPOSAL_INVALID", "discard");
    const again = await run("maintainers", "show", "--json", ...home);
    expect(JSON.parse(again.out)).toMatchObject({ entry: 0, threshold: 2 });
  });
});
