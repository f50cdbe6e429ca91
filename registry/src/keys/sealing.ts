import { createCipheriv, createDecipheriv, hkdfSync, scrypt } from "node:crypto";
import { decodeBase64, encodeBase64, equalBytes, utf8Encode } from "@tallystick/proto";
import { z } from "zod";
import { keyFileError } from "./key-errors.ts";

/** What opens a sealed key: words a person knows, or a file of random bytes that lies elsewhere. */
export interface KeySecret {
  readonly by: "passphrase" | "key-file";
  readonly bytes: Uint8Array;
}

export const MIN_NEW_PASSPHRASE_CHARACTERS = 12;
export const MAX_PASSPHRASE_BYTES = 1_024;
export const MIN_KEY_FILE_BYTES = 32;
export const MAX_KEY_FILE_BYTES = 4_096;

const base64 = (bytes: number): z.ZodType<string> =>
  z.string().refine((text) => {
    try {
      return decodeBase64(text).length === bytes;
    } catch {
      // Not base64 at all: the refusal says as much.
      return false;
    }
  });

const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SEED_BYTES = 32;
const CHECK_BYTES = 16;

/** How a secret becomes an encryption key. Passphrases go through scrypt (RFC 7914), key files, which are random, through HKDF. */
export type Derivation =
  | { readonly kdf: "scrypt"; readonly log2n: number; readonly r: number; readonly p: number; readonly salt: string }
  | { readonly kdf: "hkdf-sha256"; readonly salt: string };

const derivationSchema: z.ZodType<Derivation> = z.discriminatedUnion("kdf", [
  z.strictObject({
    kdf: z.literal("scrypt"),
    log2n: z.int().min(1).max(63),
    r: z.int().min(1),
    p: z.int().min(1),
    salt: base64(SALT_BYTES),
  }),
  z.strictObject({ kdf: z.literal("hkdf-sha256"), salt: base64(SALT_BYTES) }),
]);

/** A seed that only its secret opens. All binary fields are base64. */
export interface Sealed {
  readonly derivation: Derivation;
  readonly cipher: "aes-256-gcm";
  readonly nonce: string;
  /** Says whether the secret is the right one, so that damage is told apart from a wrong passphrase. */
  readonly check: string;
  /** The seed's ciphertext and its tag. */
  readonly box: string;
}

export const sealedSchema: z.ZodType<Sealed> = z.strictObject({
  derivation: derivationSchema,
  cipher: z.literal("aes-256-gcm"),
  nonce: base64(NONCE_BYTES),
  check: base64(CHECK_BYTES),
  box: base64(SEED_BYTES + TAG_BYTES),
});
/** 64 MiB and two passes: 209 to 218 ms on one core. */
export const SCRYPT_COST: ScryptCost = { log2n: 16, r: 8, p: 2 };
export interface ScryptCost {
  readonly log2n: number;
  readonly r: number;
  readonly p: number;
}
/** A file states its own cost; beyond these it could take the process's memory, or an hour. */
const MAX_SCRYPT_BYTES = 256 * 1024 * 1024;
const MAX_SCRYPT_P = 4;
const MIN_LOG2N = 14;

/** @throws KEY_COST_REFUSED for a cost beyond the limits, or one that protects nothing */
function requireSensibleCost(path: string, { log2n, r, p }: ScryptCost): void {
  if (log2n < MIN_LOG2N) throw keyFileError("KEY_COST_REFUSED", { path, reason: `scrypt with N below 2^${MIN_LOG2N}` });
  if (p > MAX_SCRYPT_P || 128 * 2 ** log2n * r > MAX_SCRYPT_BYTES) {
    throw keyFileError("KEY_COST_REFUSED", { path, reason: `scrypt with N = 2^${log2n}, r = ${r}, p = ${p}` });
  }
}

/** 32 bytes to encrypt with, and 16 that tell whether the secret was right. */
interface DerivedKey {
  readonly key: Uint8Array;
  readonly check: Uint8Array;
}

async function derive(path: string, derivation: Derivation, secret: KeySecret): Promise<DerivedKey> {
  const salt = decodeBase64(derivation.salt);
  let root: Uint8Array = secret.bytes;
  if (derivation.kdf === "scrypt") {
    requireSensibleCost(path, derivation);
    const { log2n, r, p } = derivation;
    // Twice what it needs, since OpenSSL counts a little more than the formula says.
    const options = { N: 2 ** log2n, r, p, maxmem: 256 * 2 ** log2n * r };
    root = await new Promise<Uint8Array>((resolve, reject) =>
      scrypt(secret.bytes, salt, SEED_BYTES, options, (error, made) =>
        error === null ? resolve(made) : reject(error),
      ),
    );
  }
  const part = (use: string, bytes: number): Uint8Array =>
    new Uint8Array(hkdfSync("sha256", root, salt, `tallystick/key-file/v2/${use}`, bytes));
  return { key: part("seal", 32), check: part("check", CHECK_BYTES) };
}

/** What a secret opened by one derivation: the files of a folder share it, and it is costly. */
export class KeySecrets {
  readonly #ask: (by: KeySecret["by"], path: string) => Promise<KeySecret | undefined>;
  readonly #secrets = new Map<KeySecret["by"], Promise<KeySecret | undefined>>();
  readonly #derived = new Map<string, Promise<DerivedKey>>();

  /** @param ask where a secret of that kind comes from; called once for each kind, and only where a file needs it */
  constructor(ask: (by: KeySecret["by"], path: string) => Promise<KeySecret | undefined>) {
    this.#ask = ask;
  }

  /** The secret itself, where somebody gave one. */
  secret(by: KeySecret["by"], path: string): Promise<KeySecret | undefined> {
    const held = this.#secrets.get(by) ?? this.#ask(by, path);
    this.#secrets.set(by, held);
    return held;
  }

  /** @throws KEY_LOCKED, KEY_COST_REFUSED */
  async derive(path: string, derivation: Derivation): Promise<DerivedKey> {
    const by = securedBy(derivation);
    if (derivation.kdf === "scrypt") requireSensibleCost(path, derivation);
    const secret = await this.secret(by, path);
    if (secret === undefined) throw keyFileError("KEY_LOCKED", { path, by });
    const id = JSON.stringify(derivation);
    const derived = this.#derived.get(id) ?? derive(path, derivation, secret);
    this.#derived.set(id, derived);
    return derived;
  }
}

/** Nobody gave a secret: plain keys open, sealed ones do not. */
export const noSecrets = (): KeySecrets => new KeySecrets(async () => undefined);

export const securedBy = ({ kdf }: Derivation): KeySecret["by"] => (kdf === "scrypt" ? "passphrase" : "key-file");

/** Seals keys under one secret; the files that it seals share salt and cost, so that opening them all takes one derivation. */
export class Sealer {
  readonly by: KeySecret["by"];
  readonly #derivation: Derivation;
  readonly #derived: DerivedKey;
  readonly #randomBytes: (size: number) => Uint8Array;

  private constructor(derivation: Derivation, derived: DerivedKey, randomBytes: (size: number) => Uint8Array) {
    this.by = securedBy(derivation);
    this.#derivation = derivation;
    this.#derived = derived;
    this.#randomBytes = randomBytes;
  }

  /** @throws KEY_SECRET_INVALID */
  static async create(
    secret: KeySecret,
    randomBytes: (size: number) => Uint8Array,
    cost: ScryptCost = SCRYPT_COST,
  ): Promise<Sealer> {
    const salt = encodeBase64(randomBytes(SALT_BYTES));
    const derivation: Derivation =
      secret.by === "passphrase" ? { kdf: "scrypt", ...cost, salt } : { kdf: "hkdf-sha256", salt };
    return new Sealer(derivation, await derive("", derivation, secret), randomBytes);
  }

  /** As files that are sealed already: their salt and cost, so that one more file of the folder opens with them. */
  static async like(sealed: Sealed, secrets: KeySecrets, randomBytes: (size: number) => Uint8Array): Promise<Sealer> {
    return new Sealer(sealed.derivation, await secrets.derive("", sealed.derivation), randomBytes);
  }

  /** @param bound what the seed belongs to: another use, another key or another owner does not open */
  seal(seed: Uint8Array, bound: string): Sealed {
    const nonce = this.#randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#derived.key, nonce);
    cipher.setAAD(utf8Encode(bound));
    const box = Buffer.concat([cipher.update(seed), cipher.final(), cipher.getAuthTag()]);
    return {
      derivation: this.#derivation,
      cipher: "aes-256-gcm",
      nonce: encodeBase64(nonce),
      check: encodeBase64(this.#derived.check),
      box: encodeBase64(new Uint8Array(box)),
    };
  }
}

/** The seed. @throws KEY_LOCKED, KEY_COST_REFUSED, KEY_SECRET_WRONG, KEY_FILE_ALTERED */
export async function unseal(path: string, sealed: Sealed, bound: string, secrets: KeySecrets): Promise<Uint8Array> {
  const { derivation } = sealed;
  const { key, check } = await secrets.derive(path, derivation);
  if (!equalBytes(check, decodeBase64(sealed.check))) {
    throw keyFileError("KEY_SECRET_WRONG", { path, by: securedBy(derivation) });
  }
  const box = decodeBase64(sealed.box);
  const decipher = createDecipheriv("aes-256-gcm", key, decodeBase64(sealed.nonce));
  decipher.setAAD(utf8Encode(bound));
  decipher.setAuthTag(box.subarray(SEED_BYTES));
  try {
    return new Uint8Array(Buffer.concat([decipher.update(box.subarray(0, SEED_BYTES)), decipher.final()]));
  } catch (cause) {
    throw keyFileError("KEY_FILE_ALTERED", { path }, { cause });
  }
}
