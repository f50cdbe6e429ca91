/** The assessment reports of the IPCC whose 100-year GWPs are known here. */
export type GwpSet = "AR4" | "AR5" | "AR6";

export const GWP_SETS: readonly GwpSet[] = ["AR4", "AR5", "AR6"];

/** A gas's values, each as decimal text. */
export type GwpRow = Readonly<Partial<Record<GwpSet, string>>>;

/**
 * GWP100 without climate-carbon feedbacks, kg CO2e per kg, as decimal text. AR4: WG1 table 2.14. AR5: WG1 table 8.A.1.
 * AR6: WG1 supplement table 7.SM.7. A gas that a report has no value for is absent from that set.
 *
 * Methane: `ch4` is the value the reports print without saying which methane; `ch4-fossil` adds the CO2 it oxidises to,
 * `ch4-biogenic` does not (AR5: 30 and 28, note b of table 8.A.1; AR6: 29.8 and 27.0, table 7.15). AR4 knows one value.
 */
export const GWP100: Readonly<Record<string, GwpRow>> = {
  co2: { AR4: "1", AR5: "1", AR6: "1" },
  ch4: { AR4: "25", AR5: "28", AR6: "27.9" },
  "ch4-fossil": { AR4: "25", AR5: "30", AR6: "29.8" },
  "ch4-biogenic": { AR4: "25", AR5: "28", AR6: "27.0" },
  n2o: { AR4: "298", AR5: "265", AR6: "273" },
  sf6: { AR4: "22800", AR5: "23500", AR6: "25200" },
  nf3: { AR4: "17200", AR5: "16100", AR6: "17400" },
  so2f2: { AR5: "4090", AR6: "4630" },
  "hfc-23": { AR4: "14800", AR5: "12400", AR6: "14600" },
  "hfc-32": { AR4: "675", AR5: "677", AR6: "771" },
  "hfc-41": { AR5: "116", AR6: "135" },
  "hfc-125": { AR4: "3500", AR5: "3170", AR6: "3740" },
  "hfc-134": { AR5: "1120", AR6: "1260" },
  "hfc-134a": { AR4: "1430", AR5: "1300", AR6: "1530" },
  "hfc-143": { AR5: "328", AR6: "364" },
  "hfc-143a": { AR4: "4470", AR5: "4800", AR6: "5810" },
  "hfc-152": { AR5: "16", AR6: "21.5" },
  "hfc-152a": { AR4: "124", AR5: "138", AR6: "164" },
  "hfc-161": { AR5: "4", AR6: "4.84" },
  "hfc-227ea": { AR4: "3220", AR5: "3350", AR6: "3600" },
  "hfc-236cb": { AR5: "1210", AR6: "1350" },
  "hfc-236ea": { AR5: "1330", AR6: "1500" },
  "hfc-236fa": { AR4: "9810", AR5: "8060", AR6: "8690" },
  "hfc-245ca": { AR5: "716", AR6: "787" },
  "hfc-245fa": { AR4: "1030", AR5: "858", AR6: "962" },
  "hfc-365mfc": { AR4: "794", AR5: "804", AR6: "914" },
  "hfc-43-10mee": { AR4: "1640", AR5: "1650", AR6: "1600" },
  cf4: { AR4: "7390", AR5: "6630", AR6: "7380" },
  c2f6: { AR4: "12200", AR5: "11100", AR6: "12400" },
  c3f8: { AR4: "8830", AR5: "8900", AR6: "9290" },
  "c-c4f8": { AR4: "10300", AR5: "9540", AR6: "10200" },
  c4f10: { AR4: "8860", AR5: "9200", AR6: "10000" },
  c5f12: { AR4: "9160", AR5: "8550", AR6: "9220" },
  c6f14: { AR4: "9300", AR5: "7910", AR6: "8620" },
};
