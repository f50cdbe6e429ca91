import { existsSync } from "node:fs";
import { join } from "node:path";
import { formatVerifierKey, makeVerifierKey, type PrivateKey } from "@tallystick/proto";
import { z } from "zod";
import { registryError } from "../errors.ts";
import { readJson, readKey, writeJson, writeKey } from "./home-files.ts";

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
  readonly key: PrivateKey;
  readonly host: string;
  readonly port: number;
}

/** Makes a witness's folder: its key, and the description to hand to the operator. @throws REGISTRY_HOME_EXISTS */
export async function initWitness(options: {
  path: string;
  name: string;
  host: string;
  port: number;
  randomBytes: (size: number) => Uint8Array;
}): Promise<WitnessDescription> {
  const { path, name, host, port } = options;
  if (existsSync(join(path, "witness.json"))) throw registryError("REGISTRY_HOME_EXISTS", { path });
  const key = await writeKey(path, "witness", options.randomBytes(32));
  const vkey = formatVerifierKey(makeVerifierKey(name, "cosignature-v1", key.publicKey));
  const description = { name, vkey, url: `http://${host}:${port}` };
  await writeJson(join(path, "witness.json"), description);
  return description;
}

/** @throws REGISTRY_HOME_INVALID */
export async function openWitnessHome(path: string): Promise<WitnessHome> {
  const description = await readJson(join(path, "witness.json"), witnessDescriptionSchema);
  const { hostname, port } = new URL(description.url);
  return { path, description, key: await readKey(path, "witness"), host: hostname, port: Number(port) };
}
