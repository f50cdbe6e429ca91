import { join } from "node:path";
import { formatVerifierKey, makeVerifierKey, type Signer } from "@tallystick/proto";
import { z } from "zod";
import { openLevelStore } from "../adapters/level/level-store.ts";
import type { KeySecrets, Sealer } from "../keys/sealing.ts";
import { makeHome, readJson, readSigner, writeJson, writeKey } from "./home-files.ts";

const HTTP_PORT = 80;

/** What the operator needs to know of a witness (`witness.json`). */
export interface WitnessDescription {
  readonly name: string;
  /** C2SP vkey of its cosignatures. */
  readonly vkey: string;
  /** Base URL; `add-checkpoint` is below it. */
  readonly url: string;
}

export const witnessDescriptionSchema: z.ZodType<WitnessDescription> = z.strictObject({
  name: z.string().min(1).max(255),
  vkey: z.string().max(512),
  url: z.url({ protocol: /^https?$/ }),
});

export interface WitnessHome {
  readonly path: string;
  readonly description: WitnessDescription;
  readonly key: Signer;
  readonly host: string;
  readonly port: number;
}

/**
 * Makes a witness's folder: its key, and the description to hand to the operator.
 *
 * @throws REGISTRY_HOME_EXISTS; KEY_NOT_ADMISSIBLE where the name cannot name a key
 */
export async function initWitness(options: {
  path: string;
  name: string;
  host: string;
  port: number;
  randomBytes: (size: number) => Uint8Array;
  sealer?: Sealer;
}): Promise<WitnessDescription> {
  const { name, host, port } = options;
  return makeHome(options.path, async (folder) => {
    const key = await writeKey(folder, "witness", options.randomBytes(32), options.sealer);
    const vkey = formatVerifierKey(makeVerifierKey(name, "cosignature-v1", key.publicKey));
    const description = { name, vkey, url: `http://${host}:${port}` };
    await writeJson(join(folder, "witness.json"), description);
    await (await openLevelStore(join(folder, "store"), { createIfMissing: true })).close();
    return description;
  });
}

/** @throws REGISTRY_HOME_INVALID and what openKeyFile throws */
export async function openWitnessHome(path: string, secrets?: KeySecrets): Promise<WitnessHome> {
  const description = await readJson(join(path, "witness.json"), witnessDescriptionSchema);
  const { hostname, port } = new URL(description.url);
  // A URL leaves out the port that its scheme stands for.
  const key = await readSigner(path, "witness", secrets);
  return { path, description, key, host: hostname, port: Number(port || HTTP_PORT) };
}
