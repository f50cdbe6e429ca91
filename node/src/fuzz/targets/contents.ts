import { readFile } from "node:fs/promises";
import {
  buildAttestation,
  checkAttestation,
  checkFootprint,
  contractUrn,
  digestOf,
  type KeyEvent,
  PRODUCT_FOOTPRINT_CONTRACT,
  type ProductFootprint,
  parseAgreementAcceptance,
  parseAgreementOffer,
  parseContract,
  parseDecimal,
  parseFactorRow,
  parseFactorSet,
  parseKeyEvent,
  parseLedgerLine,
  parseNanoKg,
  parsePactDecimal,
  parseRateSet,
  parseRevocation,
  parseUncertainty,
  runCalculationFile,
  unitOf,
} from "@tallystick/contracts";
import { encodeBase64, encodeBase64url, type JsonObject, privateKeyFromSeed, sha256, signJws } from "@tallystick/proto";
import { loadStarter, parseJoinRequest, parsePlace, parseTrust } from "@tallystick/registry";
import { readLedgerFile } from "../../app/read-ledger-file.ts";
import { DEFAULT_REPORTING_POLICY, parseReportingPolicy } from "../../core/closing/reporting-policy.ts";
import { FAULT_TYPE, type FaultDocument, formatFault, parseFault } from "../../core/evidence/fault/fault-document.ts";
import { parsePublication } from "../../core/feed/parse-publication.ts";
import { DEFAULT_INVENTORY_POLICY, parseInventoryPolicy } from "../../core/inventory/inventory-policy.ts";
import { parseViewName } from "../../core/inventory/inventory-view.ts";
import { parseLedgerMapping } from "../../core/ledger/ledger-mapping.ts";
import { readLedger } from "../../core/ledger/read-ledger.ts";
import { bytesOf, jsonBytes, jsonTarget, type Target, textTarget } from "../target.ts";
import { FUZZ_KEY, FUZZ_KID } from "./formats.ts";

// What is said and what is read from files: documents of the registry and of members, ledgers, publications, policies.

const DEMO = new URL("../../../demo/", import.meta.url);
const LEDGER_ROWS = 12;

const starter = await loadStarter();
const footprints = JSON.parse(await readFile(new URL("footprints/casting.json", DEMO), "utf8"));
const publication = Array.isArray(footprints) ? footprints : [footprints];
const ledgerCsv = (await readFile(new URL("ledger.csv", DEMO), "utf8")).split("\n").slice(0, LEDGER_ROWS).join("\n");

const hash = (n: number): string => encodeBase64(sha256(Uint8Array.of(n)));
const publicKey = (n: number): string => encodeBase64url(privateKeyFromSeed(sha256(Uint8Array.of(n))).publicKey.bytes);
const DID = FUZZ_KID.split("#")[0] as string;

const [item] = parsePublication("casting.json", jsonBytes(publication));
const footprint = item?.footprint as ProductFootprint;
const { payload, disclosures } = buildAttestation({
  footprint,
  issuer: DID,
  contract: {
    urn: contractUrn(PRODUCT_FOOTPRINT_CONTRACT.id, PRODUCT_FOOTPRINT_CONTRACT.version),
    digest: digestOf(PRODUCT_FOOTPRINT_CONTRACT),
  },
  registry: { origin: "registry.example/members", treeSize: 3, rootHash: hash(1) },
  inputs: [],
  lines: [],
  validFrom: "2024-02-01T00:00:00Z",
  salts: [],
});

const KEY_EVENT: KeyEvent = {
  v: 1,
  member: DID,
  name: "Fuzz",
  origin: "fuzz.example/feed",
  sequence: 0,
  previous: "",
  keys: {
    attest: [{ kid: FUZZ_KID, key: encodeBase64url(FUZZ_KEY.publicKey.bytes) }],
    checkpoint: publicKey(1),
    transport: publicKey(2),
  },
  next: [hash(3)],
  threshold: 1,
  grants: [],
  identifiers: [{ scheme: "lei", value: "529900T8BM49AURSDO55" }],
};

const OFFER = {
  v: 1,
  type: "offer",
  supplier: DID,
  buyer: "did:web:buyer.example",
  contract: contractUrn(PRODUCT_FOOTPRINT_CONTRACT.id, PRODUCT_FOOTPRINT_CONTRACT.version),
  origin: "fuzz.example/feed",
  epoch: 0,
  routeKeyCommitment: hash(4),
  proposedAt: "2024-02-01T00:00:00Z",
};

/** The n-th example of that language in a page of the documentation. */
async function documented(page: string, language: string, n = 0): Promise<string> {
  const text = await readFile(new URL(`../../../../docs/${page}`, import.meta.url), "utf8");
  const example = [...text.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "gs"))][n]?.[1];
  if (example === undefined) throw new Error(`${page} has no such example`);
  return example;
}

const [set] = starter.factorSets;

/** As it is read, before anything in it is checked. */
const FAULT: FaultDocument = {
  type: FAULT_TYPE,
  member: "did:web:casting.example",
  origin: "casting.example/feed",
  registry: { note: "a note", entries: ["an entry"] },
  exhibit: {
    kind: "altered",
    log: {
      checkpoint: "a note",
      leaves: [
        { index: 1, leaf: "AAAA", path: ["AAAA"] },
        { index: 0, leaf: "AAAA", path: [] },
      ],
    },
    salt: "AAAA",
    jws: "a.b.c",
  },
  report: "a.b.c",
};

export const CONTENT_TARGETS: readonly Target[] = [
  {
    name: "fault document",
    shape: "bytes",
    seeds: [
      formatFault(FAULT),
      formatFault({ ...FAULT, exhibit: { kind: "bad-checkpoint", note: "a note" } }),
      formatFault({ ...FAULT, exhibit: { kind: "rolled-back", held: "a", offered: "b", path: ["AAAA"] } }),
    ],
    cost: 4,
    decode: (input) => formatFault(parseFault(input)),
  },
  textTarget("decimal", ["1.50", "-0.001", "12"], (text) => parseDecimal(text) && undefined),
  textTarget("decimal of PACT", ["1.50", "-1"], (text) => parsePactDecimal(text) && undefined),
  textTarget("kilograms of 10^-9", ["1.000000001", "0.000000000"], (text) => {
    parseNanoKg(text);
  }),
  textTarget("unit", ["kg", "kWh", "t-km", "kg/m3", "passenger-km"], (text) => unitOf(text) && undefined),
  textTarget("place", ["DE", "US-CA", "egrid:CAMX", "un-m49:150"], (text) => parsePlace(text) && undefined),
  textTarget("period", ["2024-Q1", "2024", "2024-03"], (text) => {
    parseViewName(text, DEFAULT_REPORTING_POLICY.calendar);
  }),
  jsonTarget("footprint", [footprint], checkFootprint, 20),
  jsonTarget("uncertainty extension", [footprint], (value) => {
    const extensions = (value as { extensions?: ProductFootprint["extensions"] } | null)?.extensions;
    if (Array.isArray(extensions)) parseUncertainty({ extensions });
  }),
  jsonTarget("attestation", [payload], (value) => checkAttestation(value as JsonObject, disclosures, "partial"), 25),
  jsonTarget(
    "revocation",
    [{ issuer: DID, origin: "fuzz.example/feed", targetIndex: 3, targetLeaf: hash(5), reason: "error" }],
    parseRevocation,
  ),
  jsonTarget("key event", [KEY_EVENT], parseKeyEvent, 10),
  jsonTarget(
    "join request",
    [{ v: 1, event: signJws("tallystick-key-event+jws", FUZZ_KID, KEY_EVENT as unknown as JsonObject, FUZZ_KEY) }],
    parseJoinRequest,
    20,
  ),
  jsonTarget("agreement offer", [OFFER], parseAgreementOffer, 10),
  jsonTarget(
    "agreement acceptance",
    [
      {
        v: 1,
        type: "acceptance",
        offer: hash(6),
        supplier: DID,
        buyer: "did:web:buyer.example",
        acceptedAt: "2024-02-01T00:00:00Z",
      },
    ],
    parseAgreementAcceptance,
    10,
  ),
  jsonTarget("contract", [PRODUCT_FOOTPRINT_CONTRACT], parseContract, 40),
  jsonTarget(
    "factor set",
    starter.factorSets.map((one) => one.set),
    parseFactorSet,
    10,
  ),
  jsonTarget("factor row", set?.rows.slice(0, 8) ?? [], parseFactorRow, 10),
  jsonTarget(
    "rate set",
    [
      {
        ...starter.rates,
        rates: starter.rates.rates.slice(0, 4),
        priceIndex: starter.rates.priceIndex,
      },
    ],
    parseRateSet,
    20,
  ),
  jsonTarget(
    "ledger line",
    [
      {
        id: "L-1",
        date: "2024-01-07",
        category: 1,
        supplier: "A",
        description: "Steel",
        amount: "10",
        currency: "EUR",
        naics: "541330",
      },
    ],
    parseLedgerLine,
    10,
  ),
  jsonTarget(
    "calculation file",
    [JSON.parse(await documented("calculation-files.md", "json"))],
    runCalculationFile,
    40,
  ),
  jsonTarget("inventory policy", [DEFAULT_INVENTORY_POLICY], parseInventoryPolicy, 20),
  jsonTarget("reporting policy", [DEFAULT_REPORTING_POLICY], parseReportingPolicy, 20),
  jsonTarget("ledger mapping", [JSON.parse(await documented("ledger-files.md", "json"))], parseLedgerMapping, 10),
  {
    name: "publication file",
    shape: "json",
    seeds: [jsonBytes(publication)],
    cost: 50,
    decode: (input) => void parsePublication("publication.json", input),
  },
  {
    name: "publication table",
    shape: "bytes",
    seeds: [bytesOf(await documented("publication-files.md", "csv"))],
    cost: 50,
    decode: (input) => void parsePublication("publication.csv", input),
  },
  {
    name: "ledger table",
    shape: "bytes",
    seeds: [bytesOf(ledgerCsv)],
    cost: 100,
    decode: async (input) => {
      await readLedger(await readLedgerFile("ledger.csv", input, {}), undefined);
    },
  },
];

/** A trust file needs keys that are points: it has a target of its own, made of a network's file. */
export const trustTarget = (trust: unknown): Target => jsonTarget("trust file", [trust], parseTrust, 20);
