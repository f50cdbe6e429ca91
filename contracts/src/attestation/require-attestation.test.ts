import { isTallyError, type JsonObject, type JsonValue } from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FOOTPRINT } from "../footprint/footprint.fixture.ts";
import { buildAttestation } from "./build-attestation.ts";
import { checkAttestation } from "./check-attestation.ts";
import { readAgain, requireAttestation } from "./require-attestation.ts";

const HASH = `${"A".repeat(43)}=`;
const { payload, disclosures } = buildAttestation({
  footprint: FOOTPRINT,
  issuer: "did:web:casting.example",
  contract: { urn: "urn:tallystick:contract:product-footprint:3.0.0", digest: `sha256-${HASH}` },
  registry: { origin: "registry.example/members", treeSize: 7, rootHash: HASH },
  inputs: [{ log: "smelter.example/feed", index: 3, leaf: HASH, qty: "1.05", unit: "kilogram" }],
  lines: [{ label: "Electricity", kgCo2e: "6.715" }],
  validFrom: "2024-02-01T00:00:00Z",
  salts: [new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)],
});
const signed = payload as unknown as JsonObject;

/** Every place in a value, as paths. */
function* paths(value: JsonValue, path: readonly string[] = []): Generator<readonly string[]> {
  yield path;
  if (typeof value !== "object" || value === null) return;
  for (const [name, item] of Object.entries(value)) yield* paths(item as JsonValue, [...path, name]);
}

function replaced(value: JsonValue, [name, ...rest]: readonly string[], by: JsonValue | undefined): JsonValue {
  if (name === undefined) return by ?? null;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as JsonObject) }) as Record<string, JsonValue>;
  if (rest.length === 0 && by === undefined) delete copy[name];
  else copy[name] = replaced(copy[name] ?? {}, rest, by);
  return copy as unknown as JsonValue;
}

const changed = fc
  .array(
    fc.tuple(
      fc.constantFrom(...[...paths(signed)].slice(1), ["also"], ["credentialSubject", "x-own"], ["inputs", "1"]),
      fc.oneof(
        fc.constantFrom<JsonValue | undefined>(
          undefined,
          null,
          "",
          "1",
          "-1",
          7,
          [],
          {},
          ["a"],
          { "...": HASH },
          "did:a:b",
        ),
        fc.jsonValue() as fc.Arbitrary<JsonValue>,
      ),
    ),
    { maxLength: 2 },
  )
  .map((changes) => changes.reduce((value, [path, by]) => replaced(value, path, by), signed as JsonValue))
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject);

const outcome = (check: () => unknown): unknown => {
  try {
    return check();
  } catch (error) {
    if (isTallyError(error)) return { code: error.code, details: error.details };
    throw error;
  }
};

describe("what is required of an attestation", () => {
  it("is what the whole check requires, with the same refusals, whatever was signed and shown", () => {
    const shown = fc.constantFrom<readonly string[]>([], disclosures, disclosures.slice(1), ["junk"]);
    fc.assert(
      fc.property(changed, shown, (value, disclosed) => {
        const whole = outcome(() => checkAttestation(value, disclosed, "partial").payload);
        expect(outcome(() => requireAttestation(value, disclosed))).toEqual(whole);
      }),
      { numRuns: 1_500 },
    );
  });

  it("can be read again from what was accepted, without being checked", () => {
    fc.assert(
      fc.property(changed, (value) => {
        const accepted = outcome(() => requireAttestation(value, []));
        if (typeof accepted === "object" && accepted !== null && "code" in accepted) return;
        expect(readAgain(value)).toEqual(accepted);
      }),
    );
  });
});
