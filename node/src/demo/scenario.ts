import { readFile } from "node:fs/promises";
import type { InventoryDocument } from "../core/inventory/inventory-document.ts";
import type { LocalApi } from "../ports/local-api.ts";

/** The members of the demonstration, by the name of their folder. */
export const MEMBERS = {
  smelter: { did: "did:web:smelter.example", name: "Nordal Aluminium AS" },
  casting: { did: "did:web:casting.example", name: "Giesserei Talmann GmbH" },
  motor: { did: "did:web:motor.example", name: "Motori Valdarno SpA" },
  buyer: { did: "did:web:pumps.example", name: "Pumpenwerk Lindau AG" },
} as const;
export type MemberName = keyof typeof MEMBERS;

/** Who buys from whom. */
export const SUBSCRIPTIONS: readonly (readonly [buyer: MemberName, supplier: MemberName])[] = [
  ["casting", "smelter"],
  ["motor", "casting"],
  ["buyer", "smelter"],
  ["buyer", "casting"],
  ["buyer", "motor"],
];

/** A running member, and the address at which its partners reach it. */
export interface DemoNode {
  readonly api: LocalApi;
  readonly address: string;
}
export type DemoNodes = Readonly<Record<MemberName, DemoNode>>;

const dataFolder = new URL("../../demo/", import.meta.url);

async function publish(node: DemoNode, file: string): Promise<void> {
  await node.api.publish(file, await readFile(new URL(`footprints/${file}`, dataFolder)));
}

/** Waits until the buyer's inventory is as `wanted`; every version it passes through is shown to `onChange`. */
export async function untilInventory(
  api: LocalApi,
  wanted: (document: InventoryDocument) => boolean,
  signal: AbortSignal,
  onChange: (document: InventoryDocument) => void = () => {},
): Promise<InventoryDocument> {
  for await (const document of api.watch(signal)) {
    onChange(document);
    if (wanted(document)) return document;
  }
  throw new Error("the inventory's stream ended before it was as expected");
}

/** Waits until `api` holds `size` verified entries of the supplier's feed. */
async function untilFollowed(api: LocalApi, supplier: string, size: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { follows } = await api.status();
    if (follows.some((feed) => feed.supplier === supplier && feed.size >= size)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${supplier} was not followed in time`);
}

/** Waits until a node knows every member, and has heard from its witnesses and signs. */
async function untilReady(api: LocalApi, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { feed, registry } = await api.status();
    if (feed.signing === "ready" && registry.members === Object.keys(MEMBERS).length) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("a node was not ready in time");
}

/** Agreements and ledger: all that needs no footprint yet. */
export async function connectNetwork(nodes: DemoNodes, signal: AbortSignal): Promise<void> {
  await Promise.all(Object.values(nodes).map(({ api }) => untilReady(api, signal)));
  const ledger = await readFile(new URL("ledger.csv", dataFolder));
  const imported = nodes.buyer.api.importLedger("ledger.csv", ledger).then(({ refused, issues = [] }) => {
    if (refused > 0) throw new Error(`the ledger is refused: ${JSON.stringify(issues)}`);
  });
  await Promise.all([
    imported,
    ...SUBSCRIPTIONS.map(([buyer, supplier]) =>
      nodes[buyer].api.subscribe(nodes[supplier].address, MEMBERS[supplier].did),
    ),
  ]);
}

/** The honest publications, upstream first: each maker pins what it bought before it publishes what it made of it. */
export async function publishHonestly(nodes: DemoNodes, signal: AbortSignal): Promise<void> {
  for (const [maker, customer] of [
    ["smelter", "casting"],
    ["casting", "motor"],
    ["motor", "buyer"],
  ] as const) {
    await publish(nodes[maker], `${maker}.json`);
    const { feed } = await nodes[maker].api.status();
    await untilFollowed(nodes[customer].api, MEMBERS[maker].did, feed.size, signal);
  }
}

/** The casting maker corrects a figure: every holder stops counting the old one at once. */
export const publishCorrection = (nodes: DemoNodes): Promise<void> => publish(nodes.casting, "casting-corrected.json");

/** The motor maker hands over another figure than the one it logged. */
export const publishAltered = (nodes: DemoNodes): Promise<void> => publish(nodes.motor, "motor-altered.json");

/** The motor maker logs a delivery to the buyer and does not send it. */
export const publishWithheld = (nodes: DemoNodes): Promise<void> => publish(nodes.motor, "motor-withheld.json");
