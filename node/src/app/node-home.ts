import { createHash } from "node:crypto";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { KEY_EVENT_TYP, type KeyEvent } from "@tallystick/contracts";
import { encodeBase64url, isOrigin, type JsonObject, type Signer, signJwsAsync } from "@tallystick/proto";
import {
  commitNextKey,
  type JoinRequest,
  type KeySecrets,
  liesWithin,
  noSecrets,
  type OpenedKey,
  openKeyFile,
  openKeySigner,
  openTransport,
  parseTrust,
  registryError,
  type Sealer,
  type TransportIdentity,
  type Trust,
  writeKeyFile,
} from "@tallystick/registry";
import { z } from "zod";
import type { Signatory } from "../core/agreement/agreement-terms.ts";
import { nodeError } from "../errors.ts";
import { type KeySet, type KeySets, NODE_KEY_USES, type NodeKeyUse, readKeySets } from "./key-sets.ts";

/** Longest path that every system takes for a Unix domain socket. */
const MAX_SOCKET_PATH = 100;

const identitySchema = z.strictObject({
  v: z.literal(1),
  did: z.string().regex(/^did:[a-z0-9]+:[A-Za-z0-9._:%-]+$/),
  name: z.string().min(1).max(120),
  origin: z.string().refine(isOrigin),
  kid: z.string(),
});
/** Whose folder it is, and the id of the attesting key that it was made with. */
export type HomeNames = z.infer<typeof identitySchema>;

/** No key is read. @throws HOME_MISSING, HOME_INVALID */
export async function readHomeNames(path: string): Promise<HomeNames> {
  if (!(await exists(join(path, "identity.json")))) throw nodeError("HOME_MISSING", { path });
  return readJson(path, "identity.json", identitySchema);
}

/** No key is read. @throws HOME_INVALID, TRUST_INVALID */
export async function readHomeTrust(path: string): Promise<Trust> {
  return parseTrust(await readJson(path, "network.json", z.unknown()));
}

/** A node's folder, read: who it is, its keys, and the network it belongs to. */
export interface NodeHome {
  readonly path: string;
  readonly name: string;
  readonly origin: string;
  readonly signatory: Signatory;
  readonly checkpointKey: Signer;
  /** For cosigning others' logs. Folders of old have none. */
  readonly witnessKey: Signer | undefined;
  readonly transport: TransportIdentity;
  /** Id of the attesting key that the folder was made with. */
  readonly firstKid: string;
  /** The keys in use, and those that are not. */
  readonly keySets: KeySets;
  /** What the keys were opened with. */
  readonly secrets: KeySecrets;
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
  /** What its checkpoint key may do beside signing checkpoints (docs/protocol.md, COV-1). Default: nothing. */
  readonly grants?: KeyEvent["grants"];
  readonly trust: Trust;
  readonly randomBytes: (size: number) => Uint8Array;
  /** Where the next key goes, which the node does not need. Default: beside the folder. */
  readonly nextKeys?: string;
  /** Seals the keys. Default: they lie open, readable by their owner alone. */
  readonly sealer?: Sealer;
  /** Opens the keys that an earlier attempt sealed. */
  readonly secrets?: KeySecrets;
}

/** A folder that was made. */
export interface CreatedHome {
  readonly request: JoinRequest;
  /** The file of the key that replaces the others one day: to be taken off the machine. */
  readonly nextKeys: string;
}

/**
 * Makes a node's folder: four keys for four uses, and the request by which it joins; and outside of it the next key, which
 * replaces a lost or stolen one. Where an earlier attempt was interrupted it goes on with the keys that are there: a key is
 * never replaced.
 *
 * @throws HOME_EXISTS where there is one, HOME_INVALID, NEXT_KEYS_INSIDE, EXPORT_EXISTS where the next key's file is another's; what
 *   openKeyFile throws
 */
export async function createNodeHome(options: CreateHomeOptions): Promise<CreatedHome> {
  const { path, did, name, trust, randomBytes, sealer, secrets } = options;
  if (await exists(join(path, "identity.json"))) throw nodeError("HOME_EXISTS", { path });
  const origin = options.origin ?? `${did.split(":")[2] ?? ""}/feed`;
  const kid = `${did}#attest-1`;
  const identity = identitySchema.safeParse({ v: 1, did, name, origin, kid });
  if (!identity.success) {
    const reason = identity.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
    throw nodeError("HOME_INVALID", { path, reason });
  }
  const nextKeys = resolve(options.nextKeys ?? defaultNextKeys(path));
  requireOutside(path, nextKeys);
  const isResumed = await exists(join(path, keyFile("attest")));
  if (!isResumed && (await exists(nextKeys))) throw registryError("EXPORT_EXISTS", { path: nextKeys });
  for (const folder of ["keys", "tls", "run"]) await mkdir(join(path, folder), { recursive: true, mode: 0o700 });
  const open = async (file: string, use: string): Promise<OpenedKey> => {
    if (!(await exists(file))) await writeKeyFile(file, use, randomBytes(32), sealer);
    return openKeyFile(file, { use, secrets: secrets ?? noSecrets() });
  };
  const keys = {} as Record<NodeKeyUse, OpenedKey>;
  for (const use of NODE_KEY_USES) keys[use] = await open(join(path, keyFile(use)), use);
  const next = await open(nextKeys, "next");
  const publicText = (use: NodeKeyUse): string => encodeBase64url(keys[use].key.publicKey.bytes);
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
      witness: publicText("witness"),
    },
    next: [commitNextKey(next.key.publicKey)],
    threshold: 1,
    grants: options.grants ?? [],
    identifiers: [],
  };
  const request: JoinRequest = {
    v: 1,
    event: await signJwsAsync(KEY_EVENT_TYP, kid, event as unknown as JsonObject, keys.attest.key),
  };
  await openTransport(join(path, CERTIFICATE), keys.transport.key, keys.transport.seed, name);
  await writeJson(join(path, "network.json"), trust);
  await writeJson(join(path, "join-request.json"), request);
  // Last, because its presence says that the folder is complete.
  await writeJson(join(path, "identity.json"), identity.data);
  return { request, nextKeys };
}

const CERTIFICATE = join("tls", "certificate.pem");
const keyFile = (use: NodeKeyUse): string => join("keys", `${use}.json`);

/** Where the next key goes unless somebody says otherwise: beside the folder, not in it. */
export const defaultNextKeys = (home: string): string => `${resolve(home)}.next-keys.json`;

/** @throws NEXT_KEYS_INSIDE: who takes the folder must not get the key that replaces its keys */
export function requireOutside(home: string, nextKeys: string): void {
  if (liesWithin(home, nextKeys)) throw nodeError("NEXT_KEYS_INSIDE", { path: nextKeys, home });
}

/**
 * Opens a node's folder with the keys in use.
 *
 * @param waiting opens it with the keys that wait instead
 *
 * @throws HOME_MISSING, HOME_INVALID, TRUST_INVALID and what openKeyFile and openKeySigner throw
 */
export async function readNodeHome(
  path: string,
  secrets: KeySecrets = noSecrets(),
  waiting?: KeySet,
): Promise<NodeHome> {
  const identity = await readHomeNames(path);
  const trust = await readHomeTrust(path);
  const keySets = await readKeySets(path, identity.kid);
  const { folder, kid } = waiting ?? keySets.current;
  const fileOf = (use: NodeKeyUse): string => join(folder, `${use}.json`);
  const open = (use: NodeKeyUse): Promise<Signer> => openKeySigner(fileOf(use), { use, secrets });
  const [attest, checkpoint] = [await open("attest"), await open("checkpoint")];
  const transport = await openKeyFile(fileOf("transport"), { use: "transport", secrets });
  const witness = (await exists(fileOf("witness"))) ? await open("witness") : undefined;
  return {
    path,
    name: identity.name,
    origin: identity.origin,
    signatory: { did: identity.did, kid, key: attest },
    checkpointKey: checkpoint,
    witnessKey: witness,
    transport: await openTransport(join(path, CERTIFICATE), transport.key, transport.seed, identity.name),
    firstKid: identity.kid,
    keySets,
    secrets,
    trust,
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
