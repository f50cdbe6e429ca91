import { defineConfig } from "vitest/config";

/** The fast suite: every `*.test.ts`, run from source. Slow fault injection is in vitest.faults.config.ts. */
export default defineConfig({
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    include: ["*/{src,test}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/*.{faults,interop}.test.ts"],
    // One registry of modules a worker: loading them anew for each of some 200 files takes longer than running most of them.
    isolate: false,
    testTimeout: 20_000,
    setupFiles: ["vitest.setup.ts"],
  },
});
