import { copyFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  type Compromise,
  KEY_EVENT_TYP,
  type KeyEvent,
  type NextKeys,
  planCompromise,
  planRotation,
} from "@tallystick/contracts";
import { encodeBase64url, type JsonObject, privateKeyFromSeed, signJwsAsync } from "@tallystick/proto";
import {
  commitNextKey,
  type JoinRequest,
  type KeySecrets,
  type Member,
  openKeyFile,
  parseKeyEventRequest,
  registryError,
  replaceSecretFile,
  type Sealer,
  writeKeyFile,
} from "@tallystick/registry";
import { nodeError } from "../errors.ts";
import { deleteKeySet, type KeySets, type NodeKeyUse, readKeySets, stageKeySet, useKeySet } from "./key-sets.ts";
import { requireOutside } from "./node-home.ts";

/** The uses of which there is one key each; the attesting key always changes. */
export type SingleUse = Exclude<NodeKeyUse, "attest">;
export const SINGLE_USES: readonly SingleUse[] = ["checkpoint", "transport", "witness"];

/** The request that the operator publishes, in the node's folder. */
export const REQUEST_FILE = "key-event-request.json";

export interface KeyChangeOptions {
  readonly home: string;
  /** Id of the attesting key that the folder was made with. */
  readonly firstKid: string;
  /** What the registry has of this member now. */
  readonly member: Member;
  /** File of the key that the last event committed to, and what opens it. */
  readonly nextKeys: string;
  readonly nextSecrets: KeySecrets;
  /** Where the key after it goes. Default: beside the folder, under the new event's number. */
  readonly newNextKeys?: string;
  /** Keys that stay as they are. Default: none. */
  readonly keep?: readonly SingleUse[];
  /** Which keys somebody else may have, and since when. */
  readonly compromise?: Compromise;
  /** Take the new keys at once, because those in use are lost or not to be used any more. */
  readonly atOnce?: boolean;
  /** Seals the new keys. Default: they lie open. */
  readonly sealer?: Sealer;
  readonly randomBytes: (size: number) => Uint8Array;
}

/** A key change that was prepared; nothing changes for anybody before the registry publishes it. */
export interface PreparedKeyChange {
  readonly event: KeyEvent;
  readonly request: string;
  readonly newNextKeys: string;
  /** Whether this repeats what was prepared before. */
  readonly again: boolean;
}

/** One step of a preparation: a crash between two leaves one valid set of keys in use, and preparing again completes it. */
export interface KeyChangeStep {
  readonly what: "write the new next key" | "lay down the new keys" | "write the request" | "take the new keys";
  readonly run: () => Promise<void>;
}

/**
 * Prepares a member's next key event: new keys beside those in use, the request for the registry, and the next key after it.
 *
 * @throws KEY_CHANGE_PENDING where another change waits; KEY_EVENT_INVALID where the next key is not the one committed to;
 *   NEXT_KEYS_INSIDE, EXPORT_EXISTS, HOME_INVALID and what openKeyFile throws
 */
export async function prepareKeyChange(options: KeyChangeOptions): Promise<PreparedKeyChange> {
  const { prepared, steps } = await planKeyChange(options);
  for (const { run } of steps) await run();
  return prepared;
}

/** The steps by which a change is prepared, in their order. @throws as `prepareKeyChange` */
export async function planKeyChange(
  options: KeyChangeOptions,
): Promise<{ readonly prepared: PreparedKeyChange; readonly steps: readonly KeyChangeStep[] }> {
  const { home, member, firstKid } = options;
  const sequence = member.event.sequence + 1;
  const newNextKeys = resolve(options.newNextKeys ?? `${resolve(home)}.next-keys-${sequence}.json`);
  requireOutside(home, newNextKeys);
  const sets = await readKeySets(home, firstKid);
  const requestPath = join(home, REQUEST_FILE);
  const waiting = [sets.current, ...(sets.staged === undefined ? [] : [sets.staged])].find(
    (set) => set.sequence >= sequence,
  );
  if (waiting !== undefined) {
    const { request } = waiting;
    const { event } = parseKeyEventRequest(request);
    const isSame = waiting.sequence === sequence && event.previous === member.eventLeaf;
    const asked = JSON.stringify(options.compromise ?? null) === JSON.stringify(event.compromise ?? null);
    if (!isSame || !asked) throw nodeError("KEY_CHANGE_PENDING", { sequence: waiting.sequence });
    const steps: KeyChangeStep[] = [{ what: "write the request", run: () => writeRequest(requestPath, request) }];
    if (options.atOnce === true) steps.push(takeStep(home, firstKid));
    return { prepared: { event, request: requestPath, newNextKeys, again: true }, steps };
  }
  return plan(options, sets, { sequence, newNextKeys, requestPath });
}

async function plan(
  options: KeyChangeOptions,
  sets: KeySets,
  at: { readonly sequence: number; readonly newNextKeys: string; readonly requestPath: string },
): Promise<{ readonly prepared: PreparedKeyChange; readonly steps: readonly KeyChangeStep[] }> {
  const { home, member, firstKid, randomBytes, sealer, keep = [], compromise } = options;
  const attest = await openKeyFile(options.nextKeys, { use: "next", secrets: options.nextSecrets });
  const { seed: nextSeed, exists } = await nextKeyAfter(options, at.newNextKeys);
  const kid = `${member.did}#attest-${at.sequence + 1}`;
  const seeds = new Map<NodeKeyUse, Uint8Array>([["attest", attest.seed]]);
  for (const use of SINGLE_USES) if (!keep.includes(use)) seeds.set(use, randomBytes(32));
  const publicOf = (seed: Uint8Array): string => encodeBase64url(privateKeyFromSeed(seed).publicKey.bytes);
  const fresh = Object.fromEntries([...seeds].map(([use, seed]) => [use, publicOf(seed)])) as Partial<
    Record<SingleUse, string>
  >;
  const { checkpoint, transport, witness } = fresh;
  const keys: NextKeys = {
    attest: [{ kid, key: publicOf(attest.seed) }],
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...(transport === undefined ? {} : { transport }),
    ...(witness === undefined ? {} : { witness }),
    next: [commitNextKey(privateKeyFromSeed(nextSeed).publicKey)],
  };
  const before = { event: member.event, eventLeaf: member.eventLeaf };
  const event = compromise === undefined ? planRotation(before, keys) : planCompromise(before, keys, compromise);
  const request: JoinRequest = {
    v: 1,
    event: await signJwsAsync(KEY_EVENT_TYP, kid, event as unknown as JsonObject, attest.key),
  };
  const steps: KeyChangeStep[] = [
    {
      what: "write the new next key",
      run: async () => {
        if (!exists) await writeKeyFile(at.newNextKeys, "next", nextSeed, sealer);
      },
    },
    {
      what: "lay down the new keys",
      run: () =>
        stageKeySet(home, { sequence: at.sequence, kid, request }, async (folder) => {
          for (const [use, seed] of seeds) await writeKeyFile(join(folder, `${use}.json`), use, seed, sealer);
          for (const use of keep) await copyFile(join(sets.current.folder, `${use}.json`), join(folder, `${use}.json`));
        }),
    },
    { what: "write the request", run: () => writeRequest(at.requestPath, request) },
  ];
  if (options.atOnce === true) steps.push(takeStep(home, firstKid));
  return {
    prepared: { event, request: at.requestPath, newNextKeys: at.newNextKeys, again: false },
    steps,
  };
}

/** The key to commit to: a new one, or the one that an attempt before this wrote and was interrupted after. */
async function nextKeyAfter(
  { nextKeys, nextSecrets, randomBytes, member }: KeyChangeOptions,
  path: string,
): Promise<{ readonly seed: Uint8Array; readonly exists: boolean }> {
  if (resolve(nextKeys) === path) throw registryError("EXPORT_EXISTS", { path });
  if ((await stat(path).catch(() => undefined)) === undefined) return { seed: randomBytes(32), exists: false };
  const { seed, key } = await openKeyFile(path, { use: "next", secrets: nextSecrets });
  // A copy of the key that is about to be used is no key to commit to.
  if (member.event.next.includes(commitNextKey(key.publicKey))) throw registryError("EXPORT_EXISTS", { path });
  return { seed, exists: true };
}

const writeRequest = (path: string, request: unknown): Promise<void> =>
  replaceSecretFile(path, `${JSON.stringify(request, null, 2)}\n`);

function takeStep(home: string, firstKid: string): KeyChangeStep {
  const run = async (): Promise<void> => {
    const { staged } = await readKeySets(home, firstKid);
    if (staged !== undefined) await useKeySet(home, staged);
  };
  return { what: "take the new keys", run };
}

/**
 * Forgets a change that the registry has not published, such as one that its maintainers refused. The file of the key after it stays.
 *
 * @throws KEY_CHANGE_PENDING where it was published, or there is none that could be forgotten
 */
export async function discardKeyChange(home: string, firstKid: string, member: Member): Promise<number> {
  const { staged } = await readKeySets(home, firstKid);
  if (staged === undefined || staged.sequence <= member.event.sequence) {
    throw nodeError("KEY_CHANGE_PENDING", { sequence: member.event.sequence });
  }
  await deleteKeySet(home, staged);
  return staged.sequence;
}
