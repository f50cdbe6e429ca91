import { readFile } from "node:fs/promises";
import { parseTrust, runWitness } from "@tallystick/registry";

const [home = "", network = ""] = process.argv.slice(2);
await runWitness(home, parseTrust(JSON.parse(await readFile(network, "utf8"))));
