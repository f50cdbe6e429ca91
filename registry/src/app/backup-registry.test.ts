import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { PRODUCT_FOOTPRINT_CONTRACT } from "@tallystick/contracts";
import { concatBytes, isTallyError, privateKeyFromSeed } from "@tallystick/proto";
import { RegistryService } from "@tallystick/proto/wire";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { connectGrpc } from "../adapters/grpc/connect-grpc.ts";
import { createTransportIdentity } from "../adapters/grpc/transport-identity.ts";
import type { Trust } from "../core/trust.ts";
import { loadStarter } from "../starter/load-starter.ts";
import type { FactorSetWithRows } from "../starter/starter-set.ts";
import { backupRegistry, restoreRegistry } from "./backup-registry.ts";
import { checkHome } from "./check-home.ts";
import { initNetwork, scratch, until } from "./network.fixture.ts";
import { addContract, importFactorSet, operateRegistry } from "./operate.ts";
import type { Served } from "./process-lines.ts";
import { openRegistryHome } from "./registry-home.ts";
import { serveRegistry } from "./run-registry.ts";
import { serveWitness } from "./run-witness.ts";

const folder = await scratch();
const running: Served<object>[] = [];
let registry: string;
let witness: string;
let trust: Trust;

async function start<T extends Served<object>>(serving: Promise<T>): Promise<T> {
  const served = await serving;
  running.push(served);
  return served;
}

async function stop(served: Served<object>): Promise<void> {
  running.splice(running.indexOf(served), 1);
  await served.close();
}

beforeAll(async () => {
  ({ registry, witness, trust } = await initNetwork(folder.path));
});
afterEach(async () => {
  for (const served of running.splice(0)) await served.close();
});
afterAll(() => folder.remove());

async function archiveOf(home: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of backupRegistry(home)) chunks.push(chunk);
  return concatBytes(...chunks);
}

async function* inOne(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const check = (home: string) => checkHome({ home, onProgress: () => {} });
const work = async <T>(use: Parameters<typeof operateRegistry<T>>[1]): Promise<T> =>
  operateRegistry(await openRegistryHome(registry), use);

/** Puts what the archive holds in the place of the registry's folder, with the keys it had. */
async function restoreInPlace(archive: Uint8Array): Promise<void> {
  const apart = `${registry}.apart`;
  await mkdir(join(apart, "tls"), { recursive: true });
  await cp(join(registry, "keys"), join(apart, "keys"), { recursive: true });
  await rm(registry, { recursive: true });
  await restoreRegistry({ source: inOne(archive), home: registry, keysFrom: apart });
  await rm(apart, { recursive: true });
}

describe("a registry's backup", () => {
  it("is taken while it is served, and what was restored is sound and is served on", async () => {
    await start(serveWitness(witness, trust, () => {}));
    const served = await start(serveRegistry(registry));
    const [activity] = (await loadStarter()).factorSets as [FactorSetWithRows];
    await until(
      () => work((operator) => addContract(operator, PRODUCT_FOOTPRINT_CONTRACT)).catch(() => undefined),
      (done) => done !== undefined,
    );
    await work((operator) => importFactorSet(operator, activity));
    const archive = await archiveOf(registry);
    await stop(served);
    expect((await check(registry)).findings).toEqual([]);
    await restoreInPlace(archive);
    expect(await check(registry)).toMatchObject({ sound: true, findings: [] });
    await start(serveRegistry(registry));
    const sets = await work(async ({ state }) => [...state.factorSets].length);
    expect(sets).toBe(1);
  });

  it("takes no change behind what was signed [LOG-4]", async () => {
    const old = await archiveOf(registry);
    await start(serveWitness(witness, trust, () => {}));
    const served = await start(serveRegistry(registry));
    const [, spend] = (await loadStarter()).factorSets as [FactorSetWithRows, FactorSetWithRows];
    await until(
      () => work((operator) => importFactorSet(operator, spend)).catch(() => undefined),
      (done) => done !== undefined,
    );
    const isCosigned = (note: string): boolean => note.split("\n— ").length === 3;
    await until(() => work(async ({ noteOf }) => noteOf("factors")), isCosigned);
    await stop(served);
    await restoreInPlace(old);
    const refused = await work((operator) => importFactorSet(operator, spend)).catch((error: unknown) => error);
    expect(isTallyError(refused, "LOG_BEHIND")).toBe(true);
  });

  it("is the operator's alone: OPERATOR_ONLY", async () => {
    await start(serveRegistry(registry));
    const seed = new Uint8Array(32).fill(7);
    const identity = await createTransportIdentity(privateKeyFromSeed(seed), seed, "a stranger");
    const { address, transportKey } = trust.registry;
    const connection = connectGrpc({ address, identity, expectedKey: transportKey });
    const read = async (): Promise<void> => {
      for await (const _ of connection.client(RegistryService).backupRegistry({}));
    };
    await expect(read()).rejects.toMatchObject({ code: "OPERATOR_ONLY" });
    connection.close();
  });

  it("is refused for a witness, which would cosign again what it forgot: BACKUP_REFUSED", async () => {
    await expect(archiveOf(witness)).rejects.toMatchObject({ code: "BACKUP_REFUSED" });
    expect(await check(witness)).toMatchObject({ sound: true, findings: [] });
  });
});
