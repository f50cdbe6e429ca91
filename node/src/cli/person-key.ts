import { readFile } from "node:fs/promises";
import {
  canonicalJson,
  decodeBase64url,
  encodeBase64url,
  type JsonObject,
  privateKeyFromSeed,
  type Signer,
} from "@tallystick/proto";
import {
  type KeySecrets,
  keyFileError,
  replaceSecretFile,
  requirePrivate,
  type Sealer,
  sealedSchema,
  unseal,
  writeSecretFile,
} from "@tallystick/registry";
import { z } from "zod";
import { type Person, personSchema } from "../core/closing/reporting-policy.ts";
import { nodeError } from "../errors.ts";

/** No person's key file is longer. */
const MAX_FILE_BYTES = 8_192;

const seedText = z.string().regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/, "not 32 bytes in base64url");
const base = { use: z.literal("person"), person: personSchema };
const fileSchema = z.discriminatedUnion("v", [
  z.strictObject({ v: z.literal(1), ...base, seed: seedText }),
  z.strictObject({ v: z.literal(2), ...base, sealed: sealedSchema }),
]);
type PersonFile = z.infer<typeof fileSchema>;

/** What a sealed seed is bound to: the person whose key it is, every word of the file that says who. */
const boundTo = (person: Person): string =>
  `tallystick/person-key/v2\n${canonicalJson(person as unknown as JsonObject)}\n`;

/** A person's key, for signing what closes a period. It belongs to the person and never comes near the node. */
export interface PersonKey {
  readonly person: Person;
  readonly key: Signer;
}

/** Of a name and of a key, in an id that has at most 63 characters after the DID. */
const MAX_NAME = 40;
const KEY_CHARACTERS = 11;

/** The id of a person's key: the member's DID with the name and the start of the key as a fragment, so that no two keys have one id. */
export function personKid(did: string, name: string, key: string): string {
  const fragment = name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, MAX_NAME)
    .replace(/^-+|-+$/g, "");
  return `${did}#person-${fragment === "" ? "" : `${fragment}-`}${key.slice(0, KEY_CHARACTERS)}`;
}

/**
 * Makes a key and writes it, readable by its owner alone.
 *
 * @param sealer seals it. Default: it lies open
 * @throws PERSON_INVALID, FILE_UNREADABLE where there is a file already
 */
export async function createPersonKey(
  path: string,
  did: string,
  name: string,
  seed: Uint8Array,
  sealer?: Sealer,
): Promise<Person> {
  const encoded = publicText(seed);
  const parsed = personSchema.safeParse({ name, kid: personKid(did, name, encoded), key: encoded });
  if (!parsed.success) throw nodeError("PERSON_INVALID", { name: name.slice(0, 120) });
  const person = parsed.data;
  try {
    await writeSecretFile(path, formatPersonFile(person, seed, sealer));
  } catch (cause) {
    throw nodeError("FILE_UNREADABLE", { path, reason: cause instanceof Error ? cause.message : "" }, { cause });
  }
  return person;
}

function formatPersonFile(person: Person, seed: Uint8Array, sealer: Sealer | undefined): string {
  const file: PersonFile =
    sealer === undefined
      ? { v: 1, use: "person", person, seed: encodeBase64url(seed) }
      : { v: 2, use: "person", person, sealed: sealer.seal(seed, boundTo(person)) };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** Whose key a file says that it is; no secret is needed. @throws FILE_UNREADABLE */
export async function readPerson(path: string): Promise<Person> {
  return (await readFileOf(path)).person;
}

/** @throws FILE_UNREADABLE, KEY_FILE_EXPOSED, KEY_LOCKED, KEY_SECRET_WRONG, KEY_FILE_ALTERED, KEY_COST_REFUSED */
export async function readPersonKey(path: string, secrets: KeySecrets): Promise<PersonKey> {
  const { person, key } = await openPersonFile(path, secrets);
  return { person, key };
}

/**
 * Seals a person's key, seals it otherwise, or lets it lie open. The file is replaced whole.
 * @throws what `readPersonKey` throws; nothing is changed then
 */
export async function resealPersonKey(path: string, secrets: KeySecrets, sealer: Sealer | undefined): Promise<Person> {
  const { person, seed } = await openPersonFile(path, secrets);
  await replaceSecretFile(path, formatPersonFile(person, seed, sealer));
  return person;
}

async function openPersonFile(path: string, secrets: KeySecrets): Promise<PersonKey & { readonly seed: Uint8Array }> {
  const file = await readFileOf(path);
  const { person } = file;
  if (file.v === 1) await requirePrivate(path);
  const seed = file.v === 1 ? decodeBase64url(file.seed) : await unseal(path, file.sealed, boundTo(person), secrets);
  const key = privateKeyFromSeed(seed);
  // The tag vouches for this already, unless somebody sealed a lie with the right secret.
  if (publicText(seed) !== person.key) throw keyFileError("KEY_FILE_ALTERED", { path });
  return { person, key, seed };
}

const publicText = (seed: Uint8Array): string => encodeBase64url(privateKeyFromSeed(seed).publicKey.bytes);

async function readFileOf(path: string): Promise<PersonFile> {
  try {
    const bytes = await readFile(path);
    if (bytes.length > MAX_FILE_BYTES) throw new Error(`longer than ${MAX_FILE_BYTES} bytes`);
    const file = fileSchema.parse(JSON.parse(bytes.toString("utf8")));
    if (file.v === 1 && publicText(decodeBase64url(file.seed)) !== file.person.key) {
      throw new Error("the seed is of another key");
    }
    return file;
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? "not a person's key" : cause instanceof Error ? cause.message : "";
    throw nodeError("FILE_UNREADABLE", { path, reason }, { cause });
  }
}
