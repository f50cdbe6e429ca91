import { privateKeyFromSeed } from "@tallystick/proto";
import type { AttestKeyRecord } from "@tallystick/registry";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { standingOf } from "./key-standing.ts";

const key = privateKeyFromSeed(new Uint8Array(32).fill(1)).publicKey;
const record = (more: Partial<AttestKeyRecord> = {}): AttestKeyRecord => ({ key, fromEntry: 1, ...more });
const time = fc.nat(1_000);

describe("what a key's history makes of an entry", () => {
  it("in use, a key is good for anything, dated or not [KEY-9]", () => {
    fc.assert(
      fc.property(fc.option(time, { nil: undefined }), (seen) => {
        expect(standingOf(record(), seen, undefined)).toBe("good");
      }),
    );
  });

  it("out of use, it is good for what a quorum saw before its end and before it was compromised, and only for that [KEY-9] [KEY-10]", () => {
    const maybe = fc.option(time, { nil: undefined });
    fc.assert(
      fc.property(maybe, maybe, maybe, (seen, ended, since) => {
        const of = record({ untilEntry: 2, ...(since === undefined ? {} : { compromisedSince: since }) });
        const standing = standingOf(of, seen, ended);
        expect(standing === "undated").toBe(seen === undefined || ended === undefined);
        if (seen === undefined || ended === undefined) return;
        expect(standing === "retired").toBe(seen >= ended);
        expect(standing === "disputed").toBe(seen < ended && since !== undefined && since <= seen);
      }),
    );
  });
});
