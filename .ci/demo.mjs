// Runs the main job twice, as the README shows it, and checks what it prints: one JSON object, both cheats caught, the
// same total on both runs to the last digit.
import { execFileSync } from "node:child_process";

const run = () =>
  JSON.parse(
    execFileSync("npm", ["start", "--silent", "--", "--once", "--json"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
      timeout: 120_000,
    }),
  );
const [first, second] = [run(), run()];
console.log(JSON.stringify(second, null, 2));
const problems = [];
if (!/^\d+\.\d{9}$/.test(first.totalKgCo2e)) problems.push("the total is not a decimal with nine places");
if (first.totalKgCo2e !== second.totalKgCo2e) problems.push("two runs give two totals");
if (first.cheats.length !== 2) problems.push("not both cheats were caught");
if (first.attestations.verified < 1) problems.push("nothing was verified");
for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);
