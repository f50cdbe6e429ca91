import { altering } from "./altering.ts";
import { backdating } from "./backdating.ts";
import type { Cheat } from "./cheat.ts";
import { dropping } from "./dropping.ts";
import { falseDisclosing } from "./false-disclosing.ts";
import { forging } from "./forging.ts";
import { forking } from "./forking.ts";
import { freezing } from "./freezing.ts";
import { garbling } from "./garbling.ts";
import { hostileSpelling } from "./hostile-spelling.ts";
import { late } from "./late.ts";
import { misaddressing } from "./misaddressing.ts";
import { misopening } from "./misopening.ts";
import { reordering } from "./reordering.ts";
import { replaying } from "./replaying.ts";
import { reusingTags } from "./reusing-tags.ts";
import { rewriting } from "./rewriting.ts";
import { rollingBack } from "./rolling-back.ts";
import { twoLive } from "./two-live.ts";
import { withholding } from "./withholding.ts";
import { wrongTarget } from "./wrong-target.ts";

/** Every cheat by its name (docs/threat-model.md has what becomes of each); made anew for each member that plays it. */
export const CHEATS = {
  altering: () => altering,
  backdating: () => backdating,
  dropping: () => dropping,
  "false-disclosing": () => falseDisclosing,
  forging: () => forging,
  forking,
  freezing,
  garbling: () => garbling,
  "hostile-spelling": () => hostileSpelling,
  late,
  misaddressing: () => misaddressing,
  misopening: () => misopening,
  reordering: () => reordering,
  replaying: () => replaying,
  "reusing-tags": () => reusingTags,
  rewriting,
  "rolling-back": rollingBack,
  "two-live": () => twoLive,
  withholding: () => withholding,
  "wrong-target": () => wrongTarget,
} as const satisfies Readonly<Record<string, () => Cheat>>;

export type CheatName = keyof typeof CHEATS;
