// Proves that each architecture rule still bites: plants one violation per rule in a scratch file, runs the linter
// on it and demands the rule's own diagnostic. A rule that silently stopped working is worse than none.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const restricted = "lint/style/noRestrictedImports";
const nodeModules = "lint/correctness/noNodejsModules";
const plugin = "plugin";
const importing = (name) => `import * as planted from "${name}";\nexport const use: unknown = planted;\n`;

const violations = [
  ["proto imports contracts", "proto/src/planted.ts", importing("@tallystick/contracts"), restricted],
  ["proto imports a node module", "proto/src/planted.ts", importing("node:fs"), nodeModules],
  ["proto reads the clock", "proto/src/planted.ts", "export const use: number = Date.now();\n", plugin],
  ["contracts imports registry", "contracts/src/planted.ts", importing("@tallystick/registry"), restricted],
  ["contracts imports a node module", "contracts/src/planted.ts", importing("node:fs"), nodeModules],
  ["contracts draws randomness", "contracts/src/planted.ts", "export const use: number = Math.random();\n", plugin],
  ["registry imports node", "registry/src/planted.ts", importing("@tallystick/node"), restricted],
  ["registry core imports gRPC", "registry/src/core/planted.ts", importing("@grpc/grpc-js"), restricted],
  [
    "registry core imports an adapter",
    "registry/src/core/planted.ts",
    importing("../adapters/level/level-store.ts"),
    restricted,
  ],
  ["registry core imports a node module", "registry/src/core/planted.ts", importing("node:fs"), nodeModules],
  ["registry core reads the clock", "registry/src/core/planted.ts", "export const use: Date = new Date();\n", plugin],
  ["registry core imports node", "registry/src/core/planted.ts", importing("@tallystick/node"), restricted],
  [
    "a registry adapter imports another",
    "registry/src/adapters/nest/planted.ts",
    importing("../grpc/serve-grpc.ts"),
    restricted,
  ],
  ["node imports conformance", "node/src/planted.ts", importing("@tallystick/conformance"), restricted],
  ["node core imports NestJS", "node/src/core/planted.ts", importing("@nestjs/common"), restricted],
  ["node core imports the application", "node/src/core/planted.ts", importing("../app/node-app.ts"), restricted],
  ["node core imports a node module", "node/src/core/planted.ts", importing("node:fs"), nodeModules],
  ["node core reads the clock", "node/src/core/planted.ts", "export const use: number = Date.now();\n", plugin],
  ["conformance imports node", "conformance/src/planted.ts", importing("@tallystick/node"), restricted],
  ["conformance imports registry", "conformance/src/planted.ts", importing("@tallystick/registry"), restricted],
];

let failed = 0;
for (const [what, path, source, rule] of violations) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, source);
  let output = "";
  try {
    output = execFileSync("biome", ["lint", "--reporter=json", path], { encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    output = `${error.stdout}`;
  } finally {
    rmSync(path);
  }
  const caught = output.includes(`"${rule}"`);
  if (!caught) {
    failed += 1;
    console.error(`NOT CAUGHT: ${what} (${path}, expected ${rule})`);
  }
}
console.log(`architecture: ${violations.length - failed} of ${violations.length} planted violations caught`);
process.exit(failed === 0 ? 0 : 1);
