import { createHash } from "node:crypto";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { KEY_EVENT_TYP, type KeyEvent } from "@tallystick/contracts";
import {
  decodeBase64url,
  encodeBase64,
  encodeBase64url,
  isOrigin,
  type JsonObject,
  type PrivateKey,
  privateKeyFromSeed,
  sha256,
  signJws,
} from "@tallystick/proto";
import {
  createTransportIdentity,
  type JoinRequest,
  parseTrust,
  type TransportIdentity,
  type Trust,
} from "@tallystick/registry";
import { z } from "zod";
import type { Signatory } from "../core/agreement/agreement-terms.ts";
import { nodeError } from "../errors.ts";

/** Longest path that every system takes for a Unix domain socket. */
const MAX_SOCKET_PATH = 100;

const identitySchema = z.strictObject({
  v: z.literal(1),
  did: z.string().regex(/^did:[a-z0-9]+:[A-Za-z0-9._:%-]+$/),
  name: z.string().min(1).max(120),
  origin: z.string().refine(isOrigin),
  kid: z.string(),
});
/** 32 bytes in base64url. */
const keySchema = z.strictObject({
  v: z.literal(1),
  use: z.string(),
  seed: z.string().regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/),
});

/** A node's folder, read: who it is, its keys, and the network it belongs to. */
export interface NodeHome {
  readonly path: string;
  readonly name: string;
  readonly origin: string;
  readonly signatory: Signatory;
  readonly checkpointKey: PrivateKey;
  readonly transport: TransportIdentity;
  readonly trust: Trust;
  readonly storePath: string;
  readonly socketPath: string;
}

export interface CreateHomeOptions {
  readonly path: string;
  readonly did: string;
  readonly name: string;
  /** Default: the host of a did:web, with `/feed`. */
  readonly origin?: string;
  readonly trust: Trust;
  readonly randomBytes: (size: number) => Uint8Array;
}

/**
 * Makes a node's folder: four keys for four uses, readable by their owner alone, and the request by which it joins. Where an
 * earlier attempt was interrupted it goes on with the keys that are there: a key is never replaced.
 *
 * @throws HOME_EXISTS where there is one, HOME_INVALID
 */
export async function createNodeHome(options: CreateHomeOptions): Promise<JoinRequest> {
  const { path, did, name, trust, randomBytes } = options;
  if (await exists(join(path, "identity.json"))) throw nodeError("HOME_EXISTS", { path });
  const origin = options.origin ?? `${did.split(":")[2] ?? ""}/feed`;
  const kid = `${did}#attest-1`;
  const identity = identitySchema.safeParse({ v: 1, did, name, origin, kid });
  if (!identity.success) {
    const reason = identity.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
    throw nodeError("HOME_INVALID", { path, reason });
  }
  for (const folder of ["keys", "tls", "run"]) await mkdir(join(path, folder), { recursive: true, mode: 0o700 });
  const seeds = {} as Record<KeyUse, Uint8Array>;
  for (const use of KEY_USES) seeds[use] = await openSeed(path, use, randomBytes);
  const key = (use: KeyUse): PrivateKey => privateKeyFromSeed(seeds[use]);
  const publicText = (use: KeyUse): string => encodeBase64url(key(use).publicKey.bytes);
  const event: KeyEvent = {
    v: 1,
    member: did,
    name,
    origin,
    sequence: 0,
    previous: "",
    keys: {
      attest: [{ kid, key: publicText("attest") }],
      checkpoint: publicText("checkpoint"),
      transport: publicText("transport"),
    },
    next: [encodeBase64(sha256(key("next").publicKey.bytes))],
    threshold: 1,
    grants: [],
    identifiers: [],
  };
  const request: JoinRequest = {
    v: 1,
    event: signJws(KEY_EVENT_TYP, kid, event as unknown as JsonObject, key("attest")),
  };
  const tls = await createTransportIdentity(key("transport"), seeds.transport, name);
  await writeFile(join(path, "tls", "certificate.pem"), tls.certificatePem);
  await writeFile(join(path, "tls", "key.pem"), tls.privateKeyPem, { mode: 0o600 });
  await writeJson(join(path, "network.json"), trust);
  await writeJson(join(path, "join-request.json"), request);
  // Last, because its presence says that the folder is complete.
  await writeJson(join(path, "identity.json"), identity.data);
  return request;
}

/** `next` is only committed to: it is meant to be moved away from the node. */
const KEY_USES = ["attest", "checkpoint", "transport", "next"] as const;
type KeyUse = (typeof KEY_USES)[number];

const keyFile = (use: KeyUse): string => join("keys", `${use}.json`);

/** @throws HOME_INVALID */
async function readSeed(home: string, use: KeyUse): Promise<Uint8Array> {
  return decodeBase64url((await readJson(home, keyFile(use), keySchema)).seed);
}

/** The key that is there, or a new one. */
async function openSeed(home: string, use: KeyUse, randomBytes: (size: number) => Uint8Array): Promise<Uint8Array> {
  if (await exists(join(home, keyFile(use)))) return readSeed(home, use);
  const seed = randomBytes(32);
  await writeSecret(join(home, keyFile(use)), { v: 1, use, seed: encodeBase64url(seed) });
  return seed;
}

/** @throws HOME_MISSING, HOME_INVALID, TRUST_INVALID */
export async function readNodeHome(path: string): Promise<NodeHome> {
  if (!(await exists(join(path, "identity.json")))) throw nodeError("HOME_MISSING", { path });
  const identity = await readJson(path, "identity.json", identitySchema);
  const seed = (use: KeyUse): Promise<Uint8Array> => readSeed(path, use);
  const transportKey = privateKeyFromSeed(await seed("transport"));
  return {
    path,
    name: identity.name,
    origin: identity.origin,
    signatory: { did: identity.did, kid: identity.kid, key: privateKeyFromSeed(await seed("attest")) },
    checkpointKey: privateKeyFromSeed(await seed("checkpoint")),
    transport: {
      certificatePem: await readText(path, join("tls", "certificate.pem")),
      privateKeyPem: await readText(path, join("tls", "key.pem")),
      publicKey: encodeBase64url(transportKey.publicKey.bytes),
    },
    trust: parseTrust(await readJson(path, "network.json", z.unknown())),
    storePath: join(path, "store"),
    socketPath: socketPathOf(path),
  };
}

/** Where a running node's local socket is: in its folder, or, where that path is too long for a socket, in the system's. */
export function socketPathOf(home: string): string {
  const inHome = join(resolve(home), "run", "node.sock");
  if (inHome.length <= MAX_SOCKET_PATH) return inHome;
  return join(tmpdir(), `tally-${createHash("sha256").update(resolve(home)).digest("hex").slice(0, 24)}.sock`);
}

async function readText(home: string, file: string): Promise<string> {
  try {
    return await readFile(join(home, file), "utf8");
  } catch (cause) {
    throw nodeError("HOME_INVALID", { path: home, reason: `${file} cannot be read` }, { cause });
  }
}

async function readJson<T>(home: string, file: string, schema: z.ZodType<T>): Promise<T> {
  const text = await readText(home, file);
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw nodeError("HOME_INVALID", { path: home, reason: `${file} is not what was written there` }, { cause });
  }
}

const writeJson = (path: string, value: unknown): Promise<void> =>
  writeFile(path, `${JSON.stringify(value, null, 2)}\n`);

const writeSecret = (path: string, value: unknown): Promise<void> =>
  writeFile(path, `${JSON.stringify(value)}\n`, { mode: 0o600, flag: "wx" });

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** The public keys that the node itself holds, base64url. */
export function ownKeys({ signatory, checkpointKey, transport }: NodeHome): readonly string[] {
  return [
    ...[signatory.key, checkpointKey].map(({ publicKey }) => encodeBase64url(publicKey.bytes)),
    transport.publicKey,
  ];
}
