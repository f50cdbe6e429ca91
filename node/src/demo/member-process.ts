import { runNode } from "../app/run-node.ts";

// A member of the demonstration: the product as it is, on free ports unless told which.
const [home = "", port = "0", httpPort = "0"] = process.argv.slice(2);
await runNode({ home, host: "127.0.0.1", port: Number(port), httpPort: Number(httpPort) });
