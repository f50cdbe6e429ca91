// Who takes part: a registry, four witnesses (a quorum of three outlasts a faulty one), three suppliers in tiers and two buyers.

export const WITNESSES = ["witness-1", "witness-2", "witness-3", "witness-4"] as const;

export const MEMBERS = {
  smelter: { did: "did:web:smelter.example", name: "Nordal Aluminium AS", origin: "smelter.example/feed" },
  casting: { did: "did:web:casting.example", name: "Giesserei Talmann GmbH", origin: "casting.example/feed" },
  motor: { did: "did:web:motor.example", name: "Motori Valdarno SpA", origin: "motor.example/feed" },
  pumps: { did: "did:web:pumps.example", name: "Pumpenwerk Lindau AG", origin: "pumps.example/feed" },
  valves: { did: "did:web:valves.example", name: "Vannes Rhone SA", origin: "valves.example/feed" },
} as const;
export type MemberName = keyof typeof MEMBERS;
export const MEMBER_NAMES: readonly MemberName[] = Object.keys(MEMBERS) as MemberName[];

export const SUPPLIERS = ["smelter", "casting", "motor"] as const;
export type SupplierName = (typeof SUPPLIERS)[number];
export const BUYERS = ["pumps", "valves"] as const;
export type BuyerName = (typeof BUYERS)[number];

export type ProcessName = "registry" | (typeof WITNESSES)[number] | MemberName;
export const PROCESSES: readonly ProcessName[] = ["registry", ...WITNESSES, ...MEMBER_NAMES];

/** Who may buy from whom, in the order in which it is agreed. */
export const AGREEMENTS: readonly (readonly [buyer: MemberName, supplier: SupplierName])[] = [
  ["casting", "smelter"],
  ["pumps", "casting"],
  ["motor", "casting"],
  ["valves", "smelter"],
  ["pumps", "smelter"],
  ["pumps", "motor"],
  ["valves", "casting"],
  ["motor", "smelter"],
  ["valves", "motor"],
];

/** A connection that one process makes to another; "operator" is whoever works on the registry. */
export interface Link {
  readonly from: ProcessName | "operator";
  readonly to: ProcessName;
}

/** Every connection there may be, each with a proxy of its own in front of it. */
export const LINKS: readonly Link[] = [
  { from: "operator", to: "registry" },
  ...[...WITNESSES, ...MEMBER_NAMES].map((from): Link => ({ from, to: "registry" })),
  ...(["registry", ...MEMBER_NAMES] as const).flatMap((from) => WITNESSES.map((to): Link => ({ from, to }))),
  ...AGREEMENTS.map(([from, to]): Link => ({ from, to })),
];

export const linkName = ({ from, to }: Link): string => `${from}>${to}`;

/** The links between the two sides of a partition. */
export function linksAcross(side: readonly string[]): Link[] {
  const inside = new Set(side);
  return LINKS.filter(({ from, to }) => from !== "operator" && inside.has(from) !== inside.has(to));
}
