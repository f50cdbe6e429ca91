import { GWP100 } from "@tallystick/contracts";
import { expect, it } from "vitest";
import { gasIdOf } from "./gas-names.ts";

it("knows gases by formula, name and number", () => {
  for (const name of ["CF4", "PFC-14", "Carbon tetrafluoride", " cf4 "]) expect(gasIdOf(name)).toBe("cf4");
  expect(["PFC-31-10", "HFC-43-10mee", "HFC-134a", "Sulfur hexafluoride"].map(gasIdOf)).toEqual([
    "c4f10",
    "hfc-43-10mee",
    "hfc-134a",
    "sf6",
  ]);
});

it("leads to gases that have a GWP, but for C10F18, which AR4 gives a bound for", () => {
  for (const name of ["co2", "ch4", "n2o", "sf6", "nf3", "pfc-116", "pfc-218", "pfc-318", "pfc-41-12", "pfc-51-14"]) {
    expect(GWP100).toHaveProperty([gasIdOf(name) ?? ""]);
  }
  expect(gasIdOf("PFC-91-18")).toBe("c10f18");
});

it("knows nothing else", () => {
  for (const name of ["", "Argon", "HCFC-22", "HFC-", "HFC-1O", "R-410A", "toString", "__proto__"]) {
    expect(gasIdOf(name)).toBeUndefined();
  }
});
