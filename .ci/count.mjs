// Prints "<passed> <failed>" of a vitest JSON report.
import { readFileSync } from "node:fs";

const report = JSON.parse(readFileSync(process.argv[2], "utf8"));
const brokenFiles = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
console.log(`${report.numPassedTests} ${report.numFailedTests + brokenFiles.length}`);
