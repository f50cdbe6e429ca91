import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { privateKeyFromSeed } from "./ed25519.ts";
import { formatVerifierKey, makeVerifierKey } from "./verifier-key.ts";
import {
  formatWitnessPolicy,
  type PolicyWitness,
  parseWitnessPolicy,
  policyFor,
  quorumSize,
} from "./witness-policy.ts";

const publicKeys = Array.from({ length: 8 }, (_, n) => privateKeyFromSeed(new Uint8Array(32).fill(n + 1)).publicKey);
const keyOf = (n: number, algorithm: "ed25519" | "cosignature-v1" = "cosignature-v1") =>
  makeVerifierKey(`w${n}.example`, algorithm, publicKeys[n] as (typeof publicKeys)[number]);
const vkey = (n: number): string => formatVerifierKey(keyOf(n));
const logVkey = formatVerifierKey(keyOf(7, "ed25519"));
const witnesses = (count: number): PolicyWitness[] =>
  Array.from({ length: count }, (_, n) => ({ name: `w${n}`, key: keyOf(n) }));
const malformedAt = (line: number) =>
  expect.objectContaining({ code: "POLICY_MALFORMED", details: expect.objectContaining({ line }) });

const EXAMPLE = `log ${logVkey} https://log.example/

# The first operator
witness X1 ${vkey(0)}
witness X2 ${vkey(1)} https://x2.example/
\twitness  X3\t${vkey(2)}
group X-witnesses 2 X1 X2 X3

witness Y1 ${vkey(3)}
witness Y2 ${vkey(4)}
group Y-witnesses any Y1 Y2

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`;

describe("witness policy", () => {
  it("reads nested groups, comments and any blank space", () => {
    const policy = parseWitnessPolicy(EXAMPLE);
    expect(policy.logs).toHaveLength(1);
    expect(policy.witnesses.map(({ name }) => name)).toEqual(["X1", "X2", "X3", "Y1", "Y2"]);
    expect(policy.witnesses[1]?.url).toBe("https://x2.example/");
    expect(policy.groups).toEqual([
      { name: "X-witnesses", threshold: 2, members: ["X1", "X2", "X3"] },
      { name: "Y-witnesses", threshold: 1, members: ["Y1", "Y2"] },
      { name: "X-and-Y", threshold: 2, members: ["X-witnesses", "Y-witnesses"] },
    ]);
    expect(policy.quorum).toBe("X-and-Y");
  });

  it("reads back what it wrote", () => {
    const policy = parseWitnessPolicy(EXAMPLE);
    const again = parseWitnessPolicy(formatWitnessPolicy(policy));
    expect(formatWitnessPolicy(again)).toBe(formatWitnessPolicy(policy));
    expect(again.groups).toEqual(policy.groups);
  });

  it("handles names as they are, in any script", () => {
    const policy = parseWitnessPolicy(`witness \u212a ${vkey(0)}\nwitness K ${vkey(1)}\nquorum K\n`);
    expect(policy.witnesses.map(({ name }) => name)).toEqual(["\u212a", "K"]);
  });

  const one = `witness a ${vkey(0)}\n`;
  const two = `${one}witness b ${vkey(1)}\n`;
  it.each([
    ["no quorum", 0, one],
    ["no last newline", 0, `${one}quorum a`],
    ["a second quorum", 3, `${one}quorum a\nquorum a\n`],
    ["a quorum of two names", 3, `${two}quorum a b\n`],
    ["a quorum nobody defines", 2, `${one}quorum b\n`],
    ["a quorum defined later", 1, `quorum a\n${one}`],
    ["a name twice", 2, `${one}witness a ${vkey(1)}\nquorum a\n`],
    ["a key twice", 2, `${one}witness b ${vkey(0)}\nquorum a\n`],
    ["a log's key twice", 2, `log ${logVkey}\nlog ${logVkey}\nquorum none\n`],
    ["a witness named none", 1, `witness none ${vkey(0)}\nquorum none\n`],
    ["none as a member", 2, `${one}group g any none\nquorum g\n`],
    ["a group without members", 2, `${one}group g any\nquorum g\n`],
    ["a member not defined yet", 1, `group g any a\n${one}quorum g\n`],
    ["a member twice", 2, `${one}group g 1 a a\nquorum g\n`],
    ["a member of two groups", 3, `${one}group g any a\ngroup h any a\nquorum g\n`],
    ["a group within itself", 2, `${one}group g any a g\nquorum g\n`],
    ["a threshold of zero", 2, `${one}group g 0 a\nquorum g\n`],
    ["a threshold over the members", 2, `${one}group g 2 a\nquorum g\n`],
    ["a threshold with a leading zero", 2, `${one}group g 01 a\nquorum g\n`],
    ["a log's key as a witness", 1, `witness a ${logVkey}\nquorum a\n`],
    ["a witness's key as a log", 1, `log ${vkey(0)}\nquorum none\n`],
    ["a bad key", 1, `witness a ${vkey(0).slice(1)}\nquorum a\n`],
    ["a witness without a key", 1, "witness a\nquorum a\n"],
    ["a word too many", 1, `witness a ${vkey(0)} url word\nquorum a\n`],
    ["an unknown keyword", 1, "witnesses 4\nquorum none\n"],
    ["a carriage return", 1, `witness a ${vkey(0)}\r\nquorum a\n`],
    ["a delete character in a comment", 1, "# \u007f\nquorum none\n"],
    ["more than 64 KiB", 0, `#${"a".repeat(65_536)}\nquorum none\n`],
    ["a lone surrogate", 0, "# \ud800\nquorum none\n"],
  ])("refuses %s", (_, line, text) => {
    expect(() => parseWitnessPolicy(text)).toThrow(malformedAt(line));
  });

  it("throws only POLICY_MALFORMED, whatever the text", () => {
    const words = fc.constantFrom(
      "log",
      "witness",
      "group",
      "quorum",
      "none",
      "a",
      "any",
      "1",
      "\n",
      "\t",
      "#",
      vkey(0),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words).map((list) => `${list.join(" ")}\n`),
        ),
        (text) => {
          try {
            parseWitnessPolicy(text);
          } catch (error) {
            expect(error).toEqual(expect.objectContaining({ code: "POLICY_MALFORMED" }));
          }
        },
      ),
    );
  });
});

describe("policyFor", () => {
  it("asks for quorums of which any two share an honest witness [WIT-2]", () => {
    expect([1, 2, 3, 4, 5, 7].map((n) => policyFor({ witnesses: witnesses(n) }).groups[0]?.threshold)).toEqual([
      1, 2, 2, 3, 4, 5,
    ]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), (n) => {
        const faulty = Math.floor((n - 1) / 3);
        expect(2 * quorumSize(n, faulty) - n).toBeGreaterThan(faulty);
        expect(quorumSize(n, faulty)).toBeLessThanOrEqual(n - faulty);
      }),
    );
  });

  it("names the log, and asks for nothing where there are no witnesses", () => {
    const log = { key: keyOf(7, "ed25519") };
    expect(formatWitnessPolicy(policyFor({ log, witnesses: [] }))).toBe(`log ${logVkey}\nquorum none\n`);
    expect(parseWitnessPolicy(formatWitnessPolicy(policyFor({ witnesses: witnesses(4) }))).quorum).toBe("witnesses");
  });

  it("refuses the same witness under two names, and a name of its own", () => {
    const [first] = witnesses(1) as [PolicyWitness];
    expect(() => policyFor({ witnesses: [first, { ...first, name: "again" }] })).toThrow(malformedAt(2));
    expect(() => policyFor({ witnesses: [{ ...first, name: "witnesses" }] })).toThrow(malformedAt(2));
  });
});
