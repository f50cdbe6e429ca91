import type { Cheat } from "./cheat.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Spells its signature otherwise: most decoders take it for the same, its hash is another. */
export const hostileSpelling: Cheat = {
  publish: async (bench, items) => {
    for (const item of items) {
      const { jws, disclosures } = await bench.attest(item);
      // The last character of 64 bytes has four bits that are in none of them.
      const other = ALPHABET[ALPHABET.indexOf(jws.slice(-1)) + 1] ?? "";
      await bench.deliver(await bench.logJws(`${jws.slice(0, -1)}${other}`, disclosures));
    }
  },
};
