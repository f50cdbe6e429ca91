import { defineConfig } from "vitest/config";

/** Fault injection on real processes: `kill -9`, flipped bits. Minutes, not seconds. */
export default defineConfig({
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: { include: ["*/{src,test}/**/*.faults.test.ts"], testTimeout: 900_000, hookTimeout: 60_000 },
});
