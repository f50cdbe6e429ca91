/** What a link does to what goes over it. */
export interface LinkConditions {
  /** `silent`: nothing goes through, and nobody is told. `reset`: connections break, and new ones are refused. */
  readonly cut?: "silent" | "reset";
  /** Each piece of a stream waits so long. */
  readonly latencyMs?: number;
  readonly bytesPerSecond?: number;
  /** Each new connection waits up to so long, so that parallel ones overtake each other. */
  readonly spreadMs?: number;
}

/** All conditions at once: any cut cuts, delays add up, the narrowest bandwidth counts. */
export function combine(all: Iterable<LinkConditions>): LinkConditions {
  let combined: LinkConditions = {};
  for (const { cut, latencyMs = 0, bytesPerSecond = Number.POSITIVE_INFINITY, spreadMs = 0 } of all) {
    const strongest = combined.cut === "reset" || cut === "reset" ? "reset" : (cut ?? combined.cut);
    combined = {
      ...(strongest === undefined ? {} : { cut: strongest }),
      latencyMs: (combined.latencyMs ?? 0) + latencyMs,
      bytesPerSecond: Math.min(combined.bytesPerSecond ?? Number.POSITIVE_INFINITY, bytesPerSecond),
      spreadMs: Math.max(combined.spreadMs ?? 0, spreadMs),
    };
  }
  return combined;
}
