import { registerHooks } from "node:module";
import { createInstrumenter } from "istanbul-lib-instrument";
import { COUNTERS } from "./coverage.ts";

// Loaded before anything else (`node --import`): the project's own code is instrumented as it is loaded, what it depends on is not.

const OURS = /\/(?:proto|contracts|registry|node)\/dist\/(?!fuzz\/|bench\/|demo\/)/;

const instrumenter = createInstrumenter({ coverageVariable: COUNTERS, esModules: true, compact: true });

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (loaded.format !== "module" || !OURS.test(url) || loaded.source == null) return loaded;
    const source = typeof loaded.source === "string" ? loaded.source : new TextDecoder().decode(loaded.source);
    return { ...loaded, source: instrumenter.instrumentSync(source, url) };
  },
});
