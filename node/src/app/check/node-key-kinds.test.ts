import { expect, it } from "vitest";
import { keys } from "../node-records.ts";
import { nodeKeyKind } from "./node-key-kinds.ts";

const ORIGIN = "a.example/feed";
/** Keys of one kind each; the others in the table are prefixes. */
const examples: { readonly [name: string]: string } = {
  publication: keys.publication(7),
  delivery: keys.delivery(7),
  sale: keys.sale("did:web:a.example"),
  purchase: keys.purchase("did:web:a.example"),
  offer: keys.offer("did:web:a.example"),
  feedState: keys.feedState(ORIGIN),
  feedLeaf: keys.feedLeaf(ORIGIN, 7),
  feedNote: keys.feedNote(ORIGIN, 7),
  attestation: keys.attestation(ORIGIN, 7),
  undated: keys.undated(ORIGIN, 7),
  disputed: keys.disputed(ORIGIN, 7),
  keysReviewed: keys.keysReviewed(ORIGIN),
  exhibit: keys.exhibit(ORIGIN, 7),
  offered: keys.offered(ORIGIN),
  access: keys.access(7),
  ledgerVersion: keys.ledgerVersion(7),
  policy: keys.policy("inventory", 7),
  period: keys.period("2024-01-01", "2024-12-31"),
  report: keys.report("digest"),
};

const PREFIXES: ReadonlySet<string> = new Set(["policies", "undatedOf", "attestations", "feedNotes"]);

it("knows every kind of record that a node writes", () => {
  const kinds = Object.entries(keys).filter(([name, make]) => typeof make === "function" && !PREFIXES.has(name));
  for (const [name] of kinds) expect(nodeKeyKind(examples[name] ?? ""), name).toBeDefined();
  expect(nodeKeyKind("elsewhere/1")).toBeUndefined();
});
