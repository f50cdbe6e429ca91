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
  c7f16: { AR5: "7820", AR6: "8410" },
  c8f18: { AR5: "7620", AR6: "8260" },
  c10f18: { AR5: "7190", AR6: "7480" },
  "c-c3f6": { AR5: "9200" },

  // Ozone-depleting: under the Montreal Protocol, and so outside the totals of the GHG Protocol.
  "cfc-11": { AR4: "4750", AR5: "4660", AR6: "6230" },
  "cfc-12": { AR4: "10900", AR5: "10200", AR6: "12500" },
  "cfc-13": { AR4: "14400", AR5: "13900", AR6: "16200" },
  "cfc-113": { AR4: "6130", AR5: "5820", AR6: "6520" },
  "cfc-114": { AR4: "10000", AR5: "8590", AR6: "9430" },
  "cfc-115": { AR4: "7370", AR5: "7670", AR6: "9600" },
  "hcfc-21": { AR5: "148", AR6: "160" },
  "hcfc-22": { AR4: "1810", AR5: "1760", AR6: "1960" },
  "hcfc-123": { AR4: "77", AR5: "79", AR6: "90.4" },
  "hcfc-124": { AR4: "609", AR5: "527", AR6: "597" },
  "hcfc-141b": { AR4: "725", AR5: "782", AR6: "860" },
  "hcfc-142b": { AR4: "2310", AR5: "1980", AR6: "2300" },
  "hcfc-225ca": { AR4: "122", AR5: "127", AR6: "137" },
  "hcfc-225cb": { AR4: "595", AR5: "525", AR6: "568" },
  "halon-1211": { AR4: "1890", AR5: "1750", AR6: "1930" },
  "halon-1301": { AR4: "7140", AR5: "6290", AR6: "7200" },
  "halon-2402": { AR4: "1640", AR5: "1470", AR6: "2170" },
  ccl4: { AR4: "1400", AR5: "1730", AR6: "2200" },
  ch3br: { AR4: "5", AR5: "2", AR6: "2.43" },
  ch3ccl3: { AR4: "146", AR5: "160", AR6: "161" },

  // Neither in the Kyoto basket nor in the Montreal Protocol.
  "hfe-125": { AR4: "14900", AR5: "12400", AR6: "14300" },
  "hfe-134": { AR4: "6320", AR5: "5560", AR6: "6630" },
  "hfe-143a": { AR4: "756", AR5: "523", AR6: "616" },
  "hcfe-235da2": { AR4: "350", AR5: "491", AR6: "539" },
  "hfe-245cb2": { AR4: "708", AR5: "654", AR6: "747" },
  "hfe-245fa2": { AR4: "659", AR5: "812", AR6: "878" },
  "hfe-347mcc3": { AR4: "575", AR5: "530", AR6: "576" },
  "hfe-347pcf2": { AR4: "580", AR5: "889", AR6: "980" },
  "hfe-356pcc3": { AR4: "110", AR5: "413", AR6: "277" },
  "hfe-569sf2": { AR4: "59", AR5: "57", AR6: "60.7" },
  "hfe-43-10pccc124": { AR4: "1870", AR5: "2820", AR6: "3220" },
  "hfe-236ca12": { AR4: "2800", AR5: "5350", AR6: "6060" },
  "hfe-338pcc13": { AR4: "1500", AR5: "2910", AR6: "3320" },
  sf5cf3: { AR4: "17700", AR5: "17400", AR6: "18500" },
  pfpmie: { AR4: "10300", AR5: "9710", AR6: "10300" },
  ch2cl2: { AR4: "8.7", AR5: "9", AR6: "11.2" },
  ch3cl: { AR4: "13", AR5: "12", AR6: "5.54" },
};
