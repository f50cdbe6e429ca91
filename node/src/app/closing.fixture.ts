import { encodeBase64url, type PrivateKey, privateKeyFromSeed, sha256, utf8Encode } from "@tallystick/proto";
import { DEFAULT_REPORTING_POLICY, type Person, type ReportingPolicy } from "../core/closing/reporting-policy.ts";

// A company that closes its periods: its persons, their keys, and a ledger.

export const BUYER = "did:web:buyer.example";
export const keyOf = (name: string): PrivateKey => privateKeyFromSeed(sha256(utf8Encode(name)));
export const person = (name: string): Person => ({
  name,
  kid: `${BUYER}#person-${name}`,
  key: encodeBase64url(keyOf(name).publicKey.bytes),
});
export const REPORTING: ReportingPolicy = {
  ...DEFAULT_REPORTING_POLICY,
  persons: ["alice", "bob", "carol"].map(person),
  baseYear: { period: "2024", significance: "0.1" },
};
export const DAY = 86_400;

/** Lines of castings by the average factor of 12 kg a piece: id, date and pieces. */
export const castings = (...lines: readonly (readonly [id: string, date: string, pieces: number])[]): Uint8Array =>
  utf8Encode(
    [
      "id,date,category,description,quantity,unit,activity",
      ...lines.map(([id, date, pieces]) => `${id},${date},1,castings,${pieces},piece,casting:piece`),
    ].join("\n"),
  );
