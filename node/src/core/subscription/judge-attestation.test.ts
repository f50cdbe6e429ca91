import { ATTESTATION_TYP, PRODUCT_FOOTPRINT_CONTRACT_URN } from "@tallystick/contracts";
import {
  encodeBase64,
  type JsonObject,
  merkleRoot,
  type PrivateKey,
  parseJws,
  privateKeyFromSeed,
  sha256,
  signJws,
  utf8Encode,
} from "@tallystick/proto";
import { buildChange, RegistryState } from "@tallystick/registry";
import { describe, expect, it } from "vitest";
import { type JudgeContext, judgeAttestation } from "./judge-attestation.ts";
import type { PendingAttestation } from "./read-batch.ts";
import { judge, NOW, product, Reader, SUPPLIER, Supplier } from "./subscription.fixture.ts";

const keyOf = (name: string): PrivateKey => privateKeyFromSeed(sha256(utf8Encode(`fixture ${name}`)));

/** One delivered attestation, with properties of its payload in place of the true ones. */
async function delivered(supplier: Supplier, changes: JsonObject = {}, of = product(1)): Promise<PendingAttestation> {
  supplier.deliver(supplier.publish(of, changes));
  const { pending } = await new Reader(supplier).readAll(supplier);
  return pending[0] as PendingAttestation;
}

/** The same payload under another key id or key. */
function signedAgain(pending: PendingAttestation, kid: string, key: PrivateKey): PendingAttestation {
  return { ...pending, jws: signJws(ATTESTATION_TYP, kid, parseJws(pending.jws, ATTESTATION_TYP).payload, key) };
}

describe("who says it", () => {
  it.each([
    ["under a key id of another member", "did:web:buyer.example#1", "buyer attest", "KEY_UNKNOWN"],
    ["under a key id that nobody has", `${SUPPLIER}#9`, "caster attest", "KEY_UNKNOWN"],
    ["under the owner's key id by another's key", `${SUPPLIER}#1`, "buyer attest", "SIGNATURE_INVALID"],
    ["by the owner's checkpoint key", `${SUPPLIER}#1`, "checkpoint casting.example/feed", "SIGNATURE_INVALID"],
  ])("is not the log's owner %s [ATT-6]", async (_, kid, key, code) => {
    const supplier = new Supplier();
    const pending = signedAgain(await delivered(supplier), kid, keyOf(key));
    await expect(judge(supplier, pending)).rejects.toMatchObject({ code });
  });

  it("is one whom the maintainers suspended, until they reinstate it", async () => {
    const supplier = new Supplier();
    const pending = await delivered(supplier);
    const { state } = supplier.fixture;
    const standing = (kind: string): void => {
      const change = { kind, maintainersAt: 0, member: SUPPLIER, reason: "a test" };
      state.apply(
        "members",
        buildChange(state.log("members"), change, [{ kid: "maintainer-1", key: keyOf("maintainer") }]),
      );
    };
    standing("suspend");
    await expect(judge(supplier, pending)).rejects.toMatchObject({ code: "MEMBER_SUSPENDED" });
    standing("reinstate");
    await expect(judge(supplier, pending)).resolves.toMatchObject({ kid: `${SUPPLIER}#1` });
  });
});

describe("what it says", () => {
  it("is refused where a banana stands for a figure, though the log's owner signed it [ATT-7]", async () => {
    const supplier = new Supplier();
    const banana = { ...product(1), pcf: { ...product(1).pcf, fossilGhgEmissions: "banana" } };
    const pending = await delivered(supplier, { credentialSubject: banana as unknown as JsonObject });
    await expect(judge(supplier, pending)).rejects.toMatchObject({
      code: "FOOTPRINT_INVALID",
      details: { issues: [{ path: "pcf.fossilGhgEmissions" }] },
    });
  });

  it.each([
    ["a figure that says how much is hidden", { _sd_alg: "sha-512" }],
    ["more than an attestation says", { also: "this" }],
    ["a date that is none", { validFrom: "2024-02-30T00:00:00Z" }],
  ])("is refused with %s", async (_, changes) => {
    const supplier = new Supplier();
    await expect(judge(supplier, await delivered(supplier, changes))).rejects.toMatchObject({
      code: "ATTESTATION_INVALID",
    });
  });

  it.each(["validFrom", "created"])(
    "may be dated by %s 300 seconds ahead, and not a second more [ATT-8]",
    async (field) => {
      const at = (seconds: number): string => new Date((NOW + seconds) * 1000).toISOString();
      const said = async (seconds: number): Promise<unknown> => {
        const supplier = new Supplier();
        const pending =
          field === "validFrom"
            ? await delivered(supplier, { validFrom: at(seconds) })
            : await delivered(supplier, {}, { ...product(1), created: at(seconds) });
        return judge(supplier, pending);
      };
      await expect(said(300)).resolves.toBeDefined();
      await expect(said(300.001)).rejects.toMatchObject({ code: "FUTURE_DATED", details: { field } });
    },
  );

  it("may not be dated more than a day before a quorum saw the log without it [ATT-10]", async () => {
    const supplier = new Supplier();
    supplier.deliver(supplier.publish(product(1)));
    supplier.deliver(supplier.publish(product(2)));
    const reader = await new Reader(supplier).read(supplier.batch(0, 2, true));
    const [first, second] = (await reader.read(supplier.batch(2))).pending;
    expect(first?.absentAtUnix).toBeUndefined();
    expect(second?.absentAtUnix).toBe(reader.state.logTimeUnix);
    const validFrom = Date.parse("2024-02-01T00:00:00Z") / 1000;
    const seenAt = (absentAtUnix: number) => judge(supplier, { ...(second as PendingAttestation), absentAtUnix });
    await expect(seenAt(validFrom + 86_400)).resolves.toBeDefined();
    await expect(seenAt(validFrom + 86_401)).rejects.toMatchObject({ code: "BACKDATED" });
  });
});

describe("what it relies on", () => {
  const relying = async (
    pin: (members: { readonly origin: string; readonly treeSize: number; readonly rootHash: string }) => JsonObject,
  ): Promise<unknown> => {
    const supplier = new Supplier();
    const { members } = supplier.fixture.registry;
    const treeSize = members.entries.length;
    const own = { origin: members.origin, treeSize, rootHash: encodeBase64(merkleRoot(members.hashes)) };
    return judge(supplier, await delivered(supplier, { registry: pin(own) }));
  };

  it("is a state of this registry, the newest or an earlier one [ATT-5]", async () => {
    await expect(relying((own) => own)).resolves.toBeDefined();
    const { hashes } = new Supplier().fixture.registry.members;
    const rootHash = encodeBase64(merkleRoot(hashes.slice(0, 2)));
    await expect(relying((own) => ({ ...own, treeSize: 2, rootHash }))).resolves.toBeDefined();
  });

  it.each([
    ["of another registry", { origin: "other.example/members" }],
    ["of another size", { treeSize: 2 }],
    ["that this node has not seen", { treeSize: 1_000 }],
    ["with another root", { rootHash: encodeBase64(new Uint8Array(32)) }],
  ])("is no state %s [ATT-5]", async (_, change) => {
    await expect(relying((own) => ({ ...own, ...change }))).rejects.toMatchObject({ code: "REGISTRY_PIN_UNKNOWN" });
  });

  it("is a contract that this node's registry has [ATT-5]", async () => {
    const supplier = new Supplier();
    const pending = await delivered(supplier);
    const { state, registry, trust } = supplier.fixture;
    const behind = new RegistryState(trust);
    for (const entry of registry.members.entries) behind.apply("members", entry);
    const member = state.members.memberOf(SUPPLIER);
    if (member === undefined) throw new Error("no such member");
    const context: JudgeContext = {
      member,
      registry: behind,
      contract: PRODUCT_FOOTPRINT_CONTRACT_URN,
      membersRootAt: () => undefined,
      timeOfEntry: () => undefined,
      now: NOW,
    };
    await expect(judgeAttestation(pending, context)).rejects.toMatchObject({ code: "CONTRACT_UNKNOWN" });
  });
});
