/** Publishers' names of gases, in lower case, to the ids that GWPs are kept under. */
const GAS_NAMES: Readonly<Record<string, string>> = {
  co2: "co2",
  "carbon dioxide": "co2",
  ch4: "ch4",
  methane: "ch4",
  n2o: "n2o",
  "nitrous oxide": "n2o",
  sf6: "sf6",
  "sulfur hexafluoride": "sf6",
  nf3: "nf3",
  "nitrogen trifluoride": "nf3",
  cf4: "cf4",
  "pfc-14": "cf4",
  "carbon tetrafluoride": "cf4",
  c2f6: "c2f6",
  "pfc-116": "c2f6",
  hexafluoroethane: "c2f6",
  c3f8: "c3f8",
  "pfc-218": "c3f8",
  perfluoropropane: "c3f8",
  "c-c4f8": "c-c4f8",
  "pfc-318": "c-c4f8",
  perfluorocyclobutane: "c-c4f8",
  c4f10: "c4f10",
  "pfc-31-10": "c4f10",
  perfluorobutane: "c4f10",
  c5f12: "c5f12",
  "pfc-41-12": "c5f12",
  perfluoropentane: "c5f12",
  c6f14: "c6f14",
  "pfc-51-14": "c6f14",
  perfluorohexane: "c6f14",
  c10f18: "c10f18",
  "pfc-91-18": "c10f18",
};

/** The id of a gas by a publisher's name of it ("Carbon dioxide", "CO2", "HFC-134a"); undefined for one that is not known. */
export function gasIdOf(name: string): string | undefined {
  const folded = name.trim().toLowerCase();
  if (Object.hasOwn(GAS_NAMES, folded)) return GAS_NAMES[folded];
  return /^hfc-\d{2,3}[a-z]{0,3}$|^hfc-43-10mee$/.test(folded) ? folded : undefined;
}
