import { readFile, writeFile } from "node:fs/promises";
import { decodeBase64url, encodeBase64url, type PrivateKey, privateKeyFromSeed } from "@tallystick/proto";
import { z } from "zod";
import { type Person, personSchema } from "../core/closing/reporting-policy.ts";
import { nodeError } from "../errors.ts";

const fileSchema = z.strictObject({
  v: z.literal(1),
  use: z.literal("person"),
  person: personSchema,
  seed: z.string().regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/, "not 32 bytes in base64url"),
});

/** A person's key, for signing what closes a period. It belongs to the person and never comes near the node. */
export interface PersonKey {
  readonly person: Person;
  readonly key: PrivateKey;
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

/** Makes a key and writes it, readable by its owner alone. @throws PERSON_INVALID, FILE_UNREADABLE where there is a file already */
export async function createPersonKey(path: string, did: string, name: string, seed: Uint8Array): Promise<Person> {
  const { publicKey } = privateKeyFromSeed(seed);
  const encoded = encodeBase64url(publicKey.bytes);
  const parsed = personSchema.safeParse({ name, kid: personKid(did, name, encoded), key: encoded });
  if (!parsed.success) throw nodeError("PERSON_INVALID", { name: name.slice(0, 120) });
  const person = parsed.data;
  const text = `${JSON.stringify({ v: 1, use: "person", person, seed: encodeBase64url(seed) }, null, 2)}\n`;
  try {
    await writeFile(path, text, { mode: 0o600, flag: "wx" });
  } catch (cause) {
    throw nodeError("FILE_UNREADABLE", { path, reason: cause instanceof Error ? cause.message : "" }, { cause });
  }
  return person;
}

/** @throws FILE_UNREADABLE */
export async function readPersonKey(path: string): Promise<PersonKey> {
  try {
    const { person, seed } = fileSchema.parse(JSON.parse(await readFile(path, "utf8")));
    const key = privateKeyFromSeed(decodeBase64url(seed));
    if (encodeBase64url(key.publicKey.bytes) !== person.key) throw new Error("the seed is of another key");
    return { person, key };
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? "not a person's key" : cause instanceof Error ? cause.message : "";
    throw nodeError("FILE_UNREADABLE", { path, reason }, { cause });
  }
}
