import { defineConfig } from "vitest/config";

/** Tools that nobody here wrote, over our logs. They have to be installed: CONTRIBUTING.md says which. */
export default defineConfig({
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: { include: ["*/{src,test}/**/*.interop.test.ts"], testTimeout: 60_000, setupFiles: ["vitest.setup.ts"] },
});
