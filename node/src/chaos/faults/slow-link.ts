import { imposeOn } from "./impose-on.ts";
import type { Injector } from "./injector.ts";

/** Makes links slow, and narrow. */
export const slowLink: Injector<"slow-link"> = ({ links, durationMs, latencyMs, bytesPerSecond }, context) =>
  imposeOn(links, { latencyMs, bytesPerSecond }, durationMs, context);
