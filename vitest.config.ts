import { defineConfig } from "vitest/config";

/** The fast suite: every `*.test.ts`, run from source. Slow fault injection is in vitest.faults.config.ts. */
export default defineConfig({
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    include: ["*/{src,test}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/*.{faults,interop}.test.ts"],
    testTimeout: 20_000,
    setupFiles: ["vitest.setup.ts"],
  },
});
