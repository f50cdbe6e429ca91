/** A refrigerant blend: mass fractions as decimal text. With `uncounted` they come to 1. */
export interface Blend {
  /** By gas of `GWP100`. */
  readonly gases: Readonly<Record<string, string>>;
  /** Hydrocarbons and dimethyl ether, to which no GWP set gives a value. */
  readonly uncounted?: string;
}

/**
 * Refrigerant blends by their ASHRAE 34 designation. Each gives, to the rounding of the printed figure, the GWP of its HFCs and PFCs
 * that the US EPA publishes (Emission Factors Hub 2023, table 12, AR4), and those of its Kyoto and of its other gases that the UK
 * publishes (conversion factors 2022 under AR4 and 2023 under AR5, "Refrigerant & other"), where they publish one.
 */
export const BLENDS: Readonly<Record<string, Blend>> = {
  "R-401A": { gases: { "hcfc-22": "0.53", "hcfc-124": "0.34", "hfc-152a": "0.13" } },
  "R-401B": { gases: { "hcfc-22": "0.61", "hcfc-124": "0.28", "hfc-152a": "0.11" } },
  "R-401C": { gases: { "hcfc-22": "0.33", "hcfc-124": "0.52", "hfc-152a": "0.15" } },
  "R-402A": { gases: { "hcfc-22": "0.38", "hfc-125": "0.6" }, uncounted: "0.02" },
  "R-402B": { gases: { "hcfc-22": "0.6", "hfc-125": "0.38" }, uncounted: "0.02" },
  "R-403A": { gases: { "hcfc-22": "0.75", c3f8: "0.2" }, uncounted: "0.05" },
  "R-403B": { gases: { "hcfc-22": "0.56", c3f8: "0.39" }, uncounted: "0.05" },
  "R-404A": { gases: { "hfc-125": "0.44", "hfc-134a": "0.04", "hfc-143a": "0.52" } },
  "R-406A": { gases: { "hcfc-22": "0.55", "hcfc-142b": "0.41" }, uncounted: "0.04" },
  "R-407A": { gases: { "hfc-32": "0.2", "hfc-125": "0.4", "hfc-134a": "0.4" } },
  "R-407B": { gases: { "hfc-32": "0.1", "hfc-125": "0.7", "hfc-134a": "0.2" } },
  "R-407C": { gases: { "hfc-32": "0.23", "hfc-125": "0.25", "hfc-134a": "0.52" } },
  "R-407D": { gases: { "hfc-32": "0.15", "hfc-125": "0.15", "hfc-134a": "0.7" } },
  "R-407E": { gases: { "hfc-32": "0.25", "hfc-125": "0.15", "hfc-134a": "0.6" } },
  "R-407F": { gases: { "hfc-32": "0.3", "hfc-125": "0.3", "hfc-134a": "0.4" } },
  "R-408A": { gases: { "hcfc-22": "0.47", "hfc-125": "0.07", "hfc-143a": "0.46" } },
  "R-409A": { gases: { "hcfc-22": "0.6", "hcfc-124": "0.25", "hcfc-142b": "0.15" } },
  "R-409B": { gases: { "hcfc-22": "0.65", "hcfc-124": "0.25", "hcfc-142b": "0.1" } },
  "R-410A": { gases: { "hfc-32": "0.5", "hfc-125": "0.5" } },
  "R-410B": { gases: { "hfc-32": "0.45", "hfc-125": "0.55" } },
  "R-411A": { gases: { "hcfc-22": "0.875", "hfc-152a": "0.11" }, uncounted: "0.015" },
  "R-411B": { gases: { "hcfc-22": "0.94", "hfc-152a": "0.03" }, uncounted: "0.03" },
  "R-412A": { gases: { "hcfc-22": "0.7", c3f8: "0.05", "hcfc-142b": "0.25" } },
  "R-413A": { gases: { "hfc-134a": "0.88", c3f8: "0.09" }, uncounted: "0.03" },
  "R-414A": { gases: { "hcfc-22": "0.51", "hcfc-124": "0.285", "hcfc-142b": "0.165" }, uncounted: "0.04" },
  "R-414B": { gases: { "hcfc-22": "0.5", "hcfc-124": "0.39", "hcfc-142b": "0.095" }, uncounted: "0.015" },
  "R-415A": { gases: { "hcfc-22": "0.82", "hfc-152a": "0.18" } },
  "R-415B": { gases: { "hcfc-22": "0.25", "hfc-152a": "0.75" } },
  "R-416A": { gases: { "hfc-134a": "0.59", "hcfc-124": "0.395" }, uncounted: "0.015" },
  "R-417A": { gases: { "hfc-125": "0.466", "hfc-134a": "0.5" }, uncounted: "0.034" },
  "R-417B": { gases: { "hfc-125": "0.79", "hfc-134a": "0.183" }, uncounted: "0.027" },
  "R-417C": { gases: { "hfc-125": "0.195", "hfc-134a": "0.788" }, uncounted: "0.017" },
  "R-418A": { gases: { "hcfc-22": "0.96", "hfc-152a": "0.025" }, uncounted: "0.015" },
  "R-419A": { gases: { "hfc-125": "0.77", "hfc-134a": "0.19" }, uncounted: "0.04" },
  "R-419B": { gases: { "hfc-125": "0.485", "hfc-134a": "0.48" }, uncounted: "0.035" },
  "R-420A": { gases: { "hfc-134a": "0.88", "hcfc-142b": "0.12" } },
  "R-421A": { gases: { "hfc-125": "0.58", "hfc-134a": "0.42" } },
  "R-421B": { gases: { "hfc-125": "0.85", "hfc-134a": "0.15" } },
  "R-422A": { gases: { "hfc-125": "0.851", "hfc-134a": "0.115" }, uncounted: "0.034" },
  "R-422B": { gases: { "hfc-125": "0.55", "hfc-134a": "0.42" }, uncounted: "0.03" },
  "R-422C": { gases: { "hfc-125": "0.82", "hfc-134a": "0.15" }, uncounted: "0.03" },
  "R-422D": { gases: { "hfc-125": "0.651", "hfc-134a": "0.315" }, uncounted: "0.034" },
  "R-422E": { gases: { "hfc-125": "0.58", "hfc-134a": "0.393" }, uncounted: "0.027" },
  "R-423A": { gases: { "hfc-134a": "0.525", "hfc-227ea": "0.475" } },
  "R-424A": { gases: { "hfc-125": "0.505", "hfc-134a": "0.47" }, uncounted: "0.025" },
  "R-425A": { gases: { "hfc-32": "0.185", "hfc-134a": "0.695", "hfc-227ea": "0.12" } },
  "R-426A": { gases: { "hfc-125": "0.051", "hfc-134a": "0.93" }, uncounted: "0.019" },
  "R-427A": { gases: { "hfc-32": "0.15", "hfc-125": "0.25", "hfc-134a": "0.5", "hfc-143a": "0.1" } },
  "R-428A": { gases: { "hfc-125": "0.775", "hfc-143a": "0.2" }, uncounted: "0.025" },
  "R-434A": { gases: { "hfc-125": "0.632", "hfc-134a": "0.16", "hfc-143a": "0.18" }, uncounted: "0.028" },
  "R-437A": { gases: { "hfc-125": "0.195", "hfc-134a": "0.785" }, uncounted: "0.02" },
  "R-438A": { gases: { "hfc-32": "0.085", "hfc-125": "0.45", "hfc-134a": "0.442" }, uncounted: "0.023" },
  "R-439A": { gases: { "hfc-32": "0.5", "hfc-125": "0.47" }, uncounted: "0.03" },
  "R-440A": { gases: { "hfc-134a": "0.016", "hfc-152a": "0.978" }, uncounted: "0.006" },
  "R-442A": {
    gases: { "hfc-32": "0.31", "hfc-125": "0.31", "hfc-134a": "0.3", "hfc-152a": "0.03", "hfc-227ea": "0.05" },
  },
  "R-500": { gases: { "cfc-12": "0.738", "hfc-152a": "0.262" } },
  "R-501": { gases: { "hcfc-22": "0.75", "cfc-12": "0.25" } },
  "R-502": { gases: { "hcfc-22": "0.488", "cfc-115": "0.512" } },
  "R-503": { gases: { "hfc-23": "0.401", "cfc-13": "0.599" } },
  "R-504": { gases: { "hfc-32": "0.482", "cfc-115": "0.518" } },
  "R-507A": { gases: { "hfc-125": "0.5", "hfc-143a": "0.5" } },
  "R-508A": { gases: { "hfc-23": "0.39", c2f6: "0.61" } },
  "R-508B": { gases: { "hfc-23": "0.46", c2f6: "0.54" } },
  "R-509A": { gases: { "hcfc-22": "0.44", c3f8: "0.56" } },
  "R-512A": { gases: { "hfc-134a": "0.05", "hfc-152a": "0.95" } },
};
