import { randomBytes } from "node:crypto";
import { copyFile, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PRODUCT_FOOTPRINT_CONTRACT } from "@tallystick/contracts";
import { afterAll, describe, expect, it } from "vitest";
import { parseTrust } from "../core/trust.ts";
import { type KeySecret, KeySecrets, Sealer } from "../keys/sealing.ts";
import { loadStarter } from "../starter/load-starter.ts";
import { initNetwork, registryOptions, scratch } from "./network.fixture.ts";
import { addContract, importFactorSet, importRates, operateRegistry } from "./operate.ts";
import { initRegistry, openRegistryHome } from "./registry-home.ts";
import { readRegistryStatus } from "./registry-status.ts";
import { serveRegistry } from "./run-registry.ts";
import { serveWitness } from "./run-witness.ts";
import { initWitness, openWitnessHome } from "./witness-home.ts";

const folder = await scratch();
afterAll(() => folder.remove());
const at = (name: string): string => join(folder.path, name);
const options = { ...registryOptions, grpcPort: 7_400, httpPort: 7_401, witnesses: [] };

describe("a registry's folder", () => {
  it("begins with a genesis that every maintainer signed and the trust file pins [REG-2]", async () => {
    const trust = await initRegistry({ ...options, path: at("new") });
    const home = await openRegistryHome(at("new"));
    expect(parseTrust(JSON.parse(await readFile(join(at("new"), "network.json"), "utf8")))).toEqual(trust);
    expect(home.trust).toEqual(trust);
    expect(home.maintainers.map(({ kid }) => kid)).toEqual(["maintainer-1", "maintainer-2", "maintainer-3"]);
    const { name, logs } = await readRegistryStatus(home);
    expect([name, ...logs.map(({ size }) => size)]).toEqual(["Fixture consortium", 1, 0, 0, 0]);
  });

  it("shows its keys to its owner alone", async () => {
    await initRegistry({ ...options, path: at("private") });
    expect((await stat(at("private"))).mode & 0o077).toBe(0);
    for (const file of await readdir(join(at("private"), "keys"))) {
      const { mode } = await stat(join(at("private"), "keys", file));
      if (file !== "tls-certificate.pem") expect([file, mode & 0o777]).toEqual([file, 0o600]);
      // What TLS needs is made in memory.
      expect(file).not.toMatch(/key\.pem/);
    }
  });

  it("uses each key for one thing [KEY-2]", async () => {
    await initRegistry({ ...options, path: at("distinct") });
    const keys = join(at("distinct"), "keys");
    const files = (await readdir(keys)).filter((file) => file.endsWith(".json"));
    const seeds = await Promise.all(
      files.map(async (file) => JSON.parse(await readFile(join(keys, file), "utf8")).seed),
    );
    expect([files.length, new Set(seeds).size]).toEqual([8, 8]);
  });

  it("opens with the secret that its keys were sealed with, and with no other", async () => {
    const secret: KeySecret = { by: "key-file", bytes: new Uint8Array(32).fill(7) };
    await initRegistry({ ...options, path: at("sealed"), sealer: await Sealer.create(secret, randomBytes) });
    await expect(openRegistryHome(at("sealed"))).rejects.toThrow("KEY_LOCKED");
    const home = await openRegistryHome(at("sealed"), new KeySecrets(async () => secret));
    expect(home.transport.publicKey).toBe(home.trust.registry.transportKey);
    expect(home.maintainers).toHaveLength(3);
    const wrong = { ...secret, bytes: new Uint8Array(32).fill(8) };
    await expect(openRegistryHome(at("sealed"), new KeySecrets(async () => wrong))).rejects.toThrow("KEY_SECRET_WRONG");
    const witness = { path: at("sealed witness"), name: "w.example", host: "127.0.0.1", port: 1, randomBytes };
    await initWitness({ ...witness, sealer: await Sealer.create(secret, randomBytes) });
    await expect(openWitnessHome(witness.path)).rejects.toThrow("KEY_LOCKED");
    expect((await openWitnessHome(witness.path, new KeySecrets(async () => secret))).description.name).toBe(
      "w.example",
    );
  });

  it("is made whole or not at all", async () => {
    const refused = initRegistry({ ...options, path: at("whole"), maintainers: 2, threshold: 3 });
    await expect(refused).rejects.toThrow("CHANGE_INVALID");
    const nameless = initRegistry({ ...options, path: at("whole"), name: "" });
    await expect(nameless).rejects.toThrow("TRUST_INVALID");
    const strange = { name: "w", vkey: "w+00000000+AAAA", url: "http://w.example" };
    await expect(initRegistry({ ...options, path: at("whole"), witnesses: [strange] })).rejects.toThrow(
      "KEY_NOT_ADMISSIBLE",
    );
    expect((await readdir(folder.path)).filter((name) => name.startsWith("whole"))).toEqual([]);
    await initRegistry({ ...options, path: at("whole") });
  });

  it("never replaces another", async () => {
    const trust = await initRegistry({ ...options, path: at("kept") });
    await expect(initRegistry({ ...options, path: at("kept") })).rejects.toThrow("REGISTRY_HOME_EXISTS");
    await writeFile(at("a-file"), "");
    await expect(initRegistry({ ...options, path: at("a-file") })).rejects.toThrow("REGISTRY_HOME_EXISTS");
    expect((await openRegistryHome(at("kept"))).trust).toEqual(trust);
  });

  it("is refused where a file is missing or damaged", async () => {
    await expect(openRegistryHome(at("nowhere"))).rejects.toThrow("REGISTRY_HOME_INVALID");
    await initRegistry({ ...options, path: at("damaged") });
    const path = join(at("damaged"), "keys", "log-members.json");
    for (const text of ["", "{}", JSON.stringify({ v: 1, use: "log-members", seed: "AAAA" })]) {
      await writeFile(path, text);
      await expect(openRegistryHome(at("damaged"))).rejects.toThrow("KEY_FILE_INVALID");
    }
    await rm(path);
    await expect(openRegistryHome(at("damaged"))).rejects.toThrow("KEY_FILE_INVALID");
    await copyFile(join(at("damaged"), "keys", "log-factors.json"), path);
    await expect(openRegistryHome(at("damaged"))).rejects.toThrow("KEY_USE_MISMATCH");
  });

  it("is filled without a process that serves it", async () => {
    await initRegistry({ ...options, path: at("filled") });
    const home = await openRegistryHome(at("filled"));
    const { factorSets, rates } = await loadStarter();
    await operateRegistry(home, async (operator) => {
      expect((await addContract(operator, PRODUCT_FOOTPRINT_CONTRACT)).index).toBe(0);
      for (const set of factorSets) await importFactorSet(operator, set);
      expect(await importRates(operator, rates)).toBe(factorSets.length);
      await expect(importRates(operator, rates)).rejects.toThrow("CHANGE_INVALID");
      expect([...operator.state.rateSets]).toHaveLength(1);
    });
    const status = await readRegistryStatus(home);
    expect(status.factorSets).toEqual(factorSets.map(({ set }) => `${set.id}@${set.version}`));
    expect(status).toMatchObject({ served: false, weakWitnessing: true });
  });

  it("does not begin anew when its store is gone [LOG-3]", async () => {
    const { registry, witness, trust } = await initNetwork(at("lost"));
    await rm(join(registry, "store"), { recursive: true });
    await rm(join(witness, "store"), { recursive: true });
    const home = await openRegistryHome(registry);
    await expect(operateRegistry(home, async () => {})).rejects.toThrow("STORE_MISSING");
    await expect(serveRegistry(registry)).rejects.toThrow("STORE_MISSING");
    await expect(serveWitness(witness, trust, () => {})).rejects.toThrow("STORE_MISSING");
  });
});

describe("a witness's folder", () => {
  const witness = { name: "witness.example", host: "127.0.0.1", randomBytes };

  it("is made once, with its description", async () => {
    const description = await initWitness({ ...witness, path: at("witness"), port: 80 });
    expect(await openWitnessHome(at("witness"))).toMatchObject({ description, host: "127.0.0.1", port: 80 });
    await expect(initWitness({ ...witness, path: at("witness"), port: 80 })).rejects.toThrow("REGISTRY_HOME_EXISTS");
  });

  it("needs a name that can name a key", async () => {
    const refused = initWitness({ ...witness, path: at("unnamed"), name: "a b", port: 80 });
    await expect(refused).rejects.toThrow("KEY_NOT_ADMISSIBLE");
  });
});
