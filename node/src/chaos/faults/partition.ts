import { linkName, linksAcross } from "../network/members.ts";
import { imposeOn } from "./impose-on.ts";
import type { Injector } from "./injector.ts";

/** Cuts every link between two groups of processes, without a word or with resets. */
export const partition: Injector<"partition"> = ({ side, durationMs, mode }, context) =>
  imposeOn(linksAcross(side).map(linkName), { cut: mode }, durationMs, context);
