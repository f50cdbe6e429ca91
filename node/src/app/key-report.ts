import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { commitRawKey, type KeyEvent } from "@tallystick/contracts";
import {
  admitPublicKey,
  decodeBase64url,
  encodeBase64url,
  formatVerifierKey,
  isSignatureValid,
  makeVerifierKey,
  trialMessage,
} from "@tallystick/proto";
import {
  describeKeyFile,
  type KeyFileFacts,
  type KeySecrets,
  type Member,
  openKeyFile,
  openKeySigner,
  parseKeyEventRequest,
} from "@tallystick/registry";
import { nodeError } from "../errors.ts";
import { type KeySet, type KeySets, NODE_KEY_USES, type NodeKeyUse, readKeySets } from "./key-sets.ts";
import type { HomeNames } from "./node-home.ts";

/** A key in a node's folder, as its file shows it without its secret. */
export interface ListedKey {
  readonly use: NodeKeyUse;
  readonly kid: string;
  /** base64url of the raw key. */
  readonly publicKey: string;
  /** What it is sealed by; `agent` where a signing agent holds it. */
  readonly sealed: KeyFileFacts["by"];
  readonly standing: "in use" | "waits for the registry" | "out of use";
  /** The key event of this member that it is named by: 0 is the one by which it joined. */
  readonly sinceEvent: number;
  readonly path: string;
}

export interface KeyList {
  readonly did: string;
  readonly keys: readonly ListedKey[];
  /** SHA-256, base64, of each key that may attest next. */
  readonly nextCommitment: readonly string[];
}

/** Says what keys a folder holds. No secret is needed. @throws HOME_INVALID, KEY_FILE_INVALID, KEY_USE_MISMATCH */
export async function listKeys(home: string, { did, kid }: HomeNames): Promise<KeyList> {
  const sets = await readKeySets(home, kid);
  const keys = [
    ...(await listSet(sets.current, did, "in use")),
    ...(sets.staged === undefined ? [] : await listSet(sets.staged, did, "waits for the registry")),
    ...(await Promise.all(sets.retired.map((set) => listSet(set, did, "out of use")))).flat(),
  ];
  return { did, keys, nextCommitment: (await eventOf(home, sets))?.next ?? [] };
}

/** The event that names the keys in use, as the folder has it. */
async function eventOf(home: string, { current }: KeySets): Promise<KeyEvent | undefined> {
  if (current.request !== undefined) return parseKeyEventRequest(current.request).event;
  const text = await readFile(join(home, "join-request.json"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : parseKeyEventRequest(JSON.parse(text)).event;
}

/** The files of a set: homes of old have no witness key, and one that lost its keys has none at all. */
export async function filesOf({ folder }: KeySet): Promise<KeyFileFacts[]> {
  const paths = NODE_KEY_USES.map((use) => ({ use, path: join(folder, `${use}.json`) }));
  const there = await Promise.all(paths.map(({ path }) => stat(path).catch(() => undefined)));
  return Promise.all(
    paths.filter((_, at) => there[at] !== undefined).map(({ use, path }) => describeKeyFile(path, use)),
  );
}

async function listSet(set: KeySet, did: string, standing: ListedKey["standing"]): Promise<ListedKey[]> {
  return (await filesOf(set)).map(({ use, publicKey, by, path }) => ({
    use: use as NodeKeyUse,
    kid: use === "attest" ? set.kid : `${did}#${use}`,
    publicKey,
    sealed: by,
    standing,
    sinceEvent: set.sequence,
    path,
  }));
}

/** The public halves of the keys in use, in the forms that others take them in. */
export interface PublicKeys {
  readonly did: string;
  readonly origin: string;
  readonly attest: { readonly kid: string; readonly jwk: object };
  /** C2SP verifier keys. */
  readonly checkpoint: string;
  readonly witness?: string;
  readonly transport: string;
}

/** @throws HOME_INVALID, KEY_FILE_INVALID, KEY_USE_MISMATCH */
export async function publicKeys(home: string, { did, kid, origin }: HomeNames): Promise<PublicKeys> {
  const { current } = await readKeySets(home, kid);
  const keys = new Map((await filesOf(current)).map(({ use, publicKey }) => [use, publicKey]));
  const of = (use: NodeKeyUse): string => {
    const key = keys.get(use);
    if (key === undefined) throw nodeError("HOME_INVALID", { path: home, reason: `there is no key to ${use}` });
    return key;
  };
  const vkey = (name: string, algorithm: "ed25519" | "cosignature-v1", use: NodeKeyUse): string =>
    formatVerifierKey(makeVerifierKey(name, algorithm, admitPublicKey(decodeBase64url(of(use)))));
  return {
    did,
    origin,
    attest: {
      kid: current.kid,
      jwk: { kty: "OKP", crv: "Ed25519", x: of("attest"), kid: current.kid, alg: "Ed25519" },
    },
    checkpoint: vkey(origin, "ed25519", "checkpoint"),
    ...(keys.has("witness") ? { witness: vkey(origin, "cosignature-v1", "witness") } : {}),
    transport: of("transport"),
  };
}

/** One thing about the keys that was checked. */
export interface KeyCheck {
  readonly what: string;
  readonly ok: boolean;
}

/**
 * Opens each key in use and has it sign, and compares it with what the registry says of this member.
 *
 * @param nextKeys a file that should hold the key committed to
 */
export async function verifyKeys(
  home: string,
  { did, kid }: HomeNames,
  secrets: KeySecrets,
  member: Member,
  nextKeys?: string,
): Promise<readonly KeyCheck[]> {
  const { current } = await readKeySets(home, kid);
  const { event, eventIndex } = member;
  const checks: KeyCheck[] = [];
  const named = new Map<string, string | undefined>([
    ["attest", event.keys.attest.find((key) => key.kid === current.kid)?.key],
    ["checkpoint", event.keys.checkpoint],
    ["transport", event.keys.transport],
    ["witness", event.keys.witness],
  ]);
  for (const { use, path } of await filesOf(current)) {
    const key = await openKeySigner(path, { use, secrets });
    const message = trialMessage(key.publicKey);
    const publicKey = encodeBase64url(key.publicKey.bytes);
    const signs = isSignatureValid(admitPublicKey(key.publicKey.bytes), message, await key.sign(message));
    checks.push({ what: `the ${use} key opens and signs`, ok: signs });
    const inEvent = `key event ${event.sequence} (entry ${eventIndex} of the members log)`;
    // Members that joined before there were witness keys name none.
    if (use === "witness" && named.get(use) === undefined) continue;
    checks.push({ what: `${inEvent} names the ${use} key`, ok: named.get(use) === publicKey });
  }
  if (nextKeys !== undefined) {
    const { key } = await openKeyFile(nextKeys, { use: "next", secrets });
    const commitment = commitRawKey(encodeBase64url(key.publicKey.bytes));
    checks.push({ what: `${did} has committed to the key in ${nextKeys}`, ok: event.next.includes(commitment) });
  }
  return checks;
}
