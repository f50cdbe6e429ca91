import { storeContract } from "../../ports/store.contract.ts";
import { openMemoryStore } from "./memory-store.ts";

storeContract("the memory store", async () => openMemoryStore());
