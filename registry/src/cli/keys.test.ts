import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePorts, scratch } from "../app/network.fixture.ts";
import { openWitnessHome } from "../app/witness-home.ts";
import { noSecrets } from "../keys/sealing.ts";
import { SigningAgent } from "../keys/signing-agent.ts";
import { run } from "./run.fixture.ts";

const folder = await scratch();
const at = (...names: string[]): string => join(folder.path, ...names);
const [witnessPort = 0, grpcPort = 0, httpPort = 0] = await freePorts(3);
const REGISTRY = ["--home", at("registry")];
const WITNESS = ["--home", at("witness")];
const LOGS = ["claims", "contracts", "factors", "members"].map((log) => `log-${log}`);
const MAINTAINERS = [1, 2, 3].map((n) => `maintainer-${n}`);

afterAll(() => folder.remove());
beforeAll(async () => {
  await writeFile(at("one.key"), new Uint8Array(32).fill(1), { mode: 0o600 });
  await writeFile(at("two.key"), new Uint8Array(32).fill(2), { mode: 0o600 });
  await run("witness", "init", ...WITNESS, "--name", "witness.example", "--port", `${witnessPort}`);
  const ports = ["--port", `${grpcPort}`, "--http-port", `${httpPort}`];
  await run("init", ...REGISTRY, "--name", "Demo", "--witness", at("witness", "witness.json"), ...ports);
});

const listed = async (home: readonly string[]): Promise<Record<string, string>> => {
  const { keys } = JSON.parse((await run("keys", "list", ...home, "--json")).out);
  return Object.fromEntries(keys.map(({ use, sealed }: { use: string; sealed: string }) => [use, sealed]));
};
const all = (uses: readonly string[], sealed: string) => Object.fromEntries(uses.map((use) => [use, sealed]));

describe("the keys of a registry and of a witness", () => {
  it("are sealed after they were made, and otherwise, and need their secret from then on", async () => {
    expect(await listed(REGISTRY)).toEqual(all([...LOGS, ...MAINTAINERS, "transport"], "nothing"));
    for (const home of [REGISTRY, WITNESS]) {
      expect((await run("keys", "passphrase", ...home, "--new-key-file", at("one.key"))).code).toBe(0);
      const again = ["keys", "passphrase", ...home, "--key-file", at("one.key"), "--new-key-file", at("two.key")];
      expect((await run(...again)).out).toContain("are sealed by a key-file");
      expect(new Set(Object.values(await listed(home)))).toEqual(new Set(["key-file"]));
    }
    expect((await run("contracts", "add", ...REGISTRY)).err).toContain("KEY_LOCKED");
    expect((await run("contracts", "add", ...REGISTRY, "--key-file", at("one.key"))).err).toContain("KEY_SECRET_WRONG");
    await expect(openWitnessHome(at("witness"))).rejects.toMatchObject({ code: "KEY_LOCKED" });
    for (const home of [REGISTRY, WITNESS]) {
      expect((await run("keys", "passphrase", ...home, "--key-file", at("two.key"), "--remove")).code).toBe(0);
    }
    expect(await listed(WITNESS)).toEqual({ witness: "nothing" });
  });

  it("are handed over to an agent, by which changes are approved and logged", async () => {
    expect((await run("keys", "hand-over", ...REGISTRY, "--to", at("agent"))).code).toBe(0);
    expect(await listed(REGISTRY)).toEqual({ ...all([...LOGS, ...MAINTAINERS], "agent"), transport: "nothing" });
    const names = await readdir(at("registry", "keys"));
    for (const name of names.filter((each) => each.endsWith(".json") && each !== "transport.json")) {
      expect(await readFile(at("registry", "keys", name), "utf8")).not.toContain("seed");
    }
    expect((await run("contracts", "add", ...REGISTRY)).err).toContain("SIGNER_UNAVAILABLE");
    const agent = await SigningAgent.open({ folder: at("agent"), secrets: noSecrets() });
    try {
      expect((await run("contracts", "add", ...REGISTRY)).out).toContain("entry 0");
    } finally {
      await agent.close();
    }
    expect((await run("keys", "hand-over", ...REGISTRY, "--to", at("agent"))).out).toContain("nothing to hand over");
  });

  it("are not looked for where there are none", async () => {
    expect((await run("keys", "list", "--home", at("nowhere"))).err).toContain("REGISTRY_HOME_INVALID");
  });
});
