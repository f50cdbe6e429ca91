import { isTallyError } from "@tallystick/proto";
import { z } from "zod";
import { parseDecimal } from "../exact/rational.ts";
import { unitOf } from "../units/unit.ts";
import { isDate, parseInstant } from "./instant.ts";

// Fields that several documents share. Every string has a length limit; every limit is documented at its schema.

/** Padded base64 of exactly 32 bytes: 44 characters of which the last significant one has two spare zero bits. */
export const hash32: z.ZodType<string> = z
  .string()
  .regex(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/, "not 32 bytes in base64");

/** Unpadded base64url of exactly 32 bytes: a raw Ed25519 public key. */
export const publicKey32: z.ZodType<string> = z
  .string()
  .regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/, "not 32 bytes in base64url");

/** A decentralised identifier (W3C DID Core 1.0, section 3.1), at most 256 characters. */
export const did: z.ZodType<string> = z
  .string()
  .max(256)
  .regex(/^did:[a-z0-9]+:[A-Za-z0-9._:%-]*[A-Za-z0-9._%-]$/, "not a DID");

/** The id of a key: a DID with a fragment, at most 320 characters. */
export const keyId: z.ZodType<string> = z
  .string()
  .max(320)
  .regex(/^did:[a-z0-9]+:[A-Za-z0-9._:%-]+#[A-Za-z0-9._-]{1,63}$/, "not a DID with a fragment");

/** The origin of a log: a URL without scheme, 1 to 255 visible ASCII characters, no "+". */
export const origin: z.ZodType<string> = z
  .string()
  .max(255)
  .regex(/^[!-*,-~]+$/, "not a log's origin")
  .refine((text) => !text.includes("://"), "an origin has no scheme");

/** A line of text without control characters or direction overrides, of 1 to `max` characters. */
export function line(max: number): z.ZodType<string> {
  return z
    .string()
    .min(1)
    .max(max)
    .refine((text) => !/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069]/u.test(text), "control characters");
}

/** A plain decimal as text: see `parseDecimal`. What builds on it may parse it: nothing runs after its refusal. */
export const decimal: z.ZodType<string> = z.string().refine(
  (text) => {
    try {
      parseDecimal(text);
      return true;
    } catch (error) {
      if (isTallyError(error, "DECIMAL_INVALID")) return false;
      throw error;
    }
  },
  { error: "decimal: not a plain decimal of at most 40 digits", abort: true },
);

/** A day, YYYY-MM-DD. */
export const date: z.ZodType<string> = z.string().refine(isDate, "not an existing day written YYYY-MM-DD");

/** An RFC 3339 date-time. */
export const instant: z.ZodType<string> = z
  .string()
  .max(40)
  .refine((text) => parseInstant(text) !== undefined, "not an RFC 3339 date-time");

/** An ISO 4217 currency code by its form. */
export const currency: z.ZodType<string> = z.string().regex(/^[A-Z]{3}$/, "not an ISO 4217 code");

/** A year from 1900 to 2200. */
export const year: z.ZodType<number> = z.int().min(1900).max(2200);

/** An index into a log, or the size of one. */
export const logNumber: z.ZodType<number> = z.int().min(0);

/** A unit that `unitOf` knows. Its refusal names the alternatives, and nothing runs after it. */
export const unit: z.ZodType<string> = z
  .string()
  .max(64)
  .superRefine((code, context) => {
    try {
      unitOf(code);
    } catch (error) {
      if (isTallyError(error, "UNIT_AMBIGUOUS")) {
        const { alternatives } = error.details as { alternatives: readonly string[] };
        context.addIssue({
          code: "custom",
          continue: false,
          message: `unit: "${code}" is ambiguous, write ${alternatives.join(", ")}`,
        });
      } else if (isTallyError(error, "UNIT_UNPRICED")) {
        context.addIssue({
          code: "custom",
          continue: false,
          message: `unit: "${code}" is not known, or money of no year: USD@2022`,
        });
      } else if (isTallyError(error, "UNIT_UNKNOWN")) {
        context.addIssue({ code: "custom", continue: false, message: `unit: "${code}" is not known` });
      } else throw error;
    }
  });

/** An identifier of a document in the registry: lower case words joined with hyphens. */
export const slug: z.ZodType<string> = z
  .string()
  .max(64)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "not lower-case-words");

/** A version: two or three numbers, as publishers give them ("1.3.0", "2024.1"), with an optional suffix. */
export const version: z.ZodType<string> = z
  .string()
  .max(40)
  .regex(/^\d{1,5}(\.\d{1,5}){1,2}(-[0-9A-Za-z.-]{1,20})?$/, "not a version");
