import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ATTESTATION_TYP } from "@tallystick/contracts";
import { type JsonObject, parseJws, privateKeyFromSeed, sha256, signJws, utf8Encode } from "@tallystick/proto";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { checkToken } from "../../core/subscription/check-token.ts";
import { product, SUPPLIER, Supplier } from "../../core/subscription/subscription.fixture.ts";
import { nodeError } from "../../errors.ts";
import type { TokenOutcome, TokenToCheck } from "../../ports/token-checker.ts";
import { INLINE_TOKENS, TokenWorkers, type TokenWorkersOptions } from "./token-workers.ts";

const key = privateKeyFromSeed(sha256(utf8Encode("fixture caster attest")));
const stranger = privateKeyFromSeed(sha256(utf8Encode("a stranger")));
const resolve: TokenToCheck["resolve"] = (kid) => {
  if (kid === `${SUPPLIER}#gone`) throw nodeError("MEMBER_SUSPENDED", { did: SUPPLIER });
  return kid === `${SUPPLIER}#1` ? key.publicKey : undefined;
};

const supplier = new Supplier();
const good = Array.from({ length: 4 }, (_, n) => supplier.publish(product(n)));
const payload = parseJws(good[0]?.jws ?? "", ATTESTATION_TYP).payload;
const token = (jws: string, disclosures: readonly string[] = []): TokenToCheck => ({ jws, disclosures, resolve });
const signed = (content: JsonObject, kid = `${SUPPLIER}#1`, by = key): TokenToCheck =>
  token(signJws(ATTESTATION_TYP, kid, content, by));
const flip = (jws: string, at: number): string =>
  `${jws.slice(0, at)}${jws[at] === "A" ? "B" : "A"}${jws.slice(at + 1)}`;

/** Tokens of every kind of good and bad. */
const tokens: fc.Arbitrary<TokenToCheck> = fc.oneof(
  fc.constantFrom(...good).map(({ jws, disclosures }) => token(jws, disclosures)),
  fc.constantFrom(...good).map(({ jws }) => token(jws, ["x"])),
  fc.tuple(fc.constantFrom(...good), fc.nat()).map(([{ jws }, at]) => token(flip(jws, at % jws.length))),
  fc.constantFrom(
    signed(payload, `${SUPPLIER}#9`),
    signed(payload, `${SUPPLIER}#gone`),
    signed(payload, `${SUPPLIER}#1`, stranger),
    signed({ ...payload, also: null }),
    signed({ ...payload, credentialSubject: { ...(payload.credentialSubject as JsonObject), comment: null } }),
    signed({ ...payload, credentialSubject: {} }),
  ),
  fc.string({ unit: "binary" }).map((text) => token(text)),
);

const here = (each: TokenToCheck): TokenOutcome => {
  try {
    return { checked: checkToken(each, each.resolve) };
  } catch (error) {
    return { refused: error as never };
  }
};
const shown = (outcome: TokenOutcome): unknown =>
  "checked" in outcome ? outcome.checked : { code: outcome.refused.code, details: outcome.refused.details };

const open: TokenWorkers[] = [];
const workers = (options: TokenWorkersOptions = {}): TokenWorkers => {
  const made = new TokenWorkers({ workers: 2, ...options });
  open.push(made);
  return made;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

const many = (count: number): TokenToCheck[] =>
  Array.from({ length: count }, (_, n) => token(good[n % good.length]?.jws ?? ""));

/** A worker that ends instead of answering, the first so many times (counted in a file), and then is the real one. */
async function mortal(deaths: number): Promise<URL> {
  const path = join(tmpdir(), `mortal-${process.pid}-${deaths}-${Math.floor(performance.now() * 1000)}`);
  const real = new URL("./token-worker.ts", import.meta.url).href;
  const source = `
    import { appendFileSync, readFileSync } from "node:fs";
    import { parentPort } from "node:worker_threads";
    const count = () => { try { return readFileSync(${JSON.stringify(path)}, "utf8").length; } catch { return 0; } };
    if (count() < ${deaths}) {
      parentPort.once("message", () => { appendFileSync(${JSON.stringify(path)}, "x"); process.exit(1); });
    } else await import(${JSON.stringify(real)});`;
  const module = `${path}.mts`;
  await writeFile(module, source);
  return pathToFileURL(module);
}

describe("tokens checked on threads", () => {
  it("come to what one thread makes of them, in their order, whatever they are", async () => {
    const pool = workers();
    await fc.assert(
      fc.asyncProperty(fc.array(tokens, { minLength: INLINE_TOKENS, maxLength: 150 }), async (batch) => {
        expect((await pool.check(batch)).map(shown)).toEqual(batch.map(here).map(shown));
      }),
      { numRuns: 25 },
    );
    expect(pool.size).toBeGreaterThan(0);
  });

  it("are answered to whom they are from, many callers at a time", async () => {
    const pool = workers();
    const batches = Array.from({ length: 6 }, (_, n) => [
      ...many(60 + 40 * n),
      signed(payload, `${SUPPLIER}#${n + 2}`),
    ]);
    const answers = await Promise.all(batches.map((batch) => pool.check(batch)));
    expect(answers.map((answer) => answer.map(shown))).toEqual(batches.map((batch) => batch.map(here).map(shown)));
  });

  it("need no thread where they are few", async () => {
    const pool = workers();
    await pool.check(many(INLINE_TOKENS - 1));
    expect(pool.size).toBe(0);
  });

  it("end their threads when there is nothing to do", async () => {
    const pool = workers({ idleMs: 1 });
    await pool.check(many(INLINE_TOKENS));
    await expect.poll(() => pool.size).toBe(0);
  });

  it("are checked again where a thread died over them", async () => {
    const pool = workers({ workers: 1, module: await mortal(1) });
    const batch = [...many(100), signed(payload, `${SUPPLIER}#9`)];
    expect((await pool.check(batch)).map(shown)).toEqual(batch.map(here).map(shown));
  });

  it("are given up, with nothing said of them, where a second died too; others are not", async () => {
    const pool = workers({ workers: 1, module: await mortal(2) });
    await expect(pool.check(many(INLINE_TOKENS))).rejects.toMatchObject({ code: "TOKENS_UNCHECKED" });
    expect((await pool.check(many(INLINE_TOKENS))).every((outcome) => "checked" in outcome)).toBe(true);
  });

  it("are given up where the node closes", async () => {
    const pool = workers();
    const answer = pool.check(many(5_000)).catch((error: { code: string }) => error.code);
    await pool.close();
    expect(await answer).toBe("TOKENS_UNCHECKED");
    await expect(pool.check(many(INLINE_TOKENS))).rejects.toMatchObject({ code: "TOKENS_UNCHECKED" });
  });
});
