import { setTimeout as delay } from "node:timers/promises";
import { formatNanoKg } from "@tallystick/contracts";
import type { StatusDocument } from "../../core/documents.ts";
import type { Model } from "../model/model.ts";
import { askMember } from "../network/ask-member.ts";
import type { ChaosNetwork } from "../network/chaos-network.ts";
import {
  AGREEMENTS,
  BUYERS,
  type BuyerName,
  MEMBER_NAMES,
  MEMBERS,
  type MemberName,
  PROCESSES,
  type ProcessName,
  SUPPLIERS,
} from "../network/members.ts";
import type { Findings } from "./findings.ts";
import type { LogWatch } from "./watch-logs.ts";
import { checkExplanation, checkInventory } from "./watch-members.ts";

const LOOK_MS = 250;

/** What a healed network is checked by. */
export interface QuiescenceContext {
  readonly network: ChaosNetwork;
  readonly model: Model;
  readonly logs: LogWatch;
  readonly findings: Findings;
  /** Whether a process runs on a store that was damaged on purpose: then it may lack what it held, but must not make anything up. */
  readonly isDamaged: (name: ProcessName) => boolean;
}

/**
 * Waits until the network has healed by itself: every process up, every feed signing and final, every follower at the end of every feed it
 * follows. Returns what is still missing when the time is over.
 */
export async function untilHealed(context: QuiescenceContext, boundMs: number): Promise<readonly string[]> {
  const end = performance.now() + boundMs;
  for (;;) {
    const missing = await missingOf(context);
    if (missing.length === 0 || performance.now() > end) return missing;
    await delay(LOOK_MS);
  }
}

async function missingOf({ network, model }: QuiescenceContext): Promise<string[]> {
  const missing = PROCESSES.filter((name) => !network.process(name).isReady).map((name) => `${name} is not up`);
  if (missing.length > 0) return missing;
  const statuses = new Map<MemberName, StatusDocument>();
  for (const name of MEMBER_NAMES) {
    const outcome = await askMember(network.homeOf(name), (node) => node.status());
    if ("answer" in outcome) statuses.set(name, outcome.answer);
    else missing.push(`${name} does not answer: ${outcome.refused}`);
  }
  for (const [name, { feed, registry, follows }] of statuses) {
    if (feed.signing !== "ready") missing.push(`${name} does not sign: ${feed.reason}`);
    if (feed.finalSize !== feed.size) missing.push(`${name}'s feed is final at ${feed.finalSize} of ${feed.size}`);
    if (!registry.reachable) missing.push(`${name} does not reach the registry`);
    for (const [buyer, supplier] of AGREEMENTS) {
      if (buyer !== name || !model.hasAgreed(buyer, supplier)) continue;
      const followed = follows.find(({ origin }) => origin === MEMBERS[supplier].origin);
      const size = statuses.get(supplier)?.feed.size ?? 0;
      if (followed?.state === "live" && followed.size === size && followed.finalSize === size) continue;
      const held = followed === undefined ? "none" : `${followed.size}, final ${followed.finalSize}, ${followed.state}`;
      missing.push(`${name} holds ${held} of the ${size} entries of ${supplier}`);
    }
  }
  return missing;
}

/** Checks all that must hold of a network that has healed and at which nothing is asked any more. */
export async function checkQuiescent(context: QuiescenceContext): Promise<void> {
  const { network, model, logs, findings } = context;
  for (const log of logs.logs) await logs.lookAtAll(log);
  for (const supplier of SUPPLIERS) {
    const history = logs.history(MEMBERS[supplier].origin);
    for (const { index, leaf, productId } of model.publications(supplier).values()) {
      findings.check("lost", history.leaf(index) === leaf, () => {
        return `${supplier} acknowledged ${productId} as entry ${index} with leaf ${leaf}, and its feed has ${history.leaf(index) ?? "none"}`;
      });
    }
  }
  for (const name of PROCESSES) {
    const { ended } = network.process(name);
    findings.check("crash", ended.length === 0, () => `${name} ended by itself: ${ended.join(", ")}`);
  }
  for (const buyer of BUYERS) await checkBuyer(buyer, context);
  for (const [buyer, supplier] of AGREEMENTS) {
    if (!model.hasAgreed(buyer, supplier)) continue;
    for (const { productId } of model.publications(supplier).values()) model.sawHeld(buyer, productId);
  }
  for (const name of MEMBER_NAMES) {
    const outcome = await askMember(network.homeOf(name), (node) => node.inventory());
    findings.check("heal", "answer" in outcome, () => `${name} has no inventory: ${JSON.stringify(outcome)}`);
    if (!("answer" in outcome)) continue;
    checkInventory(name, outcome.answer, findings);
    // A doubt is none while links are cut; it goes when they are not.
    const { warnings = [] } = outcome.answer;
    findings.check("heal", warnings.length === 0, () => `${name} still doubts: ${JSON.stringify(warnings)}`);
  }
}

async function checkBuyer(buyer: BuyerName, { network, model, findings }: QuiescenceContext): Promise<void> {
  const asked = await askMember(network.homeOf(buyer), async (node) => ({
    inventory: await node.inventory(),
    explained: await node.explain("total"),
    status: await node.status(),
  }));
  findings.check("heal", "answer" in asked, () => `${buyer} has no inventory: ${JSON.stringify(asked)}`);
  if (!("answer" in asked)) return;
  const { inventory, explained, status } = asked.answer;
  const expected = formatNanoKg(model.totalNanoKg(buyer));
  findings.check("total", inventory.totalKgCo2e === expected, () => {
    return `${buyer}'s total is ${inventory.totalKgCo2e} kg CO2e, and the model's is ${expected}: ${differences(buyer, explained, model)}`;
  });
  findings.check("heal", inventory.finalKgCo2e === inventory.totalKgCo2e, () => `${buyer}'s total is not all final`);
  const held = model.heldLines(buyer);
  findings.check(
    "lost",
    status.ledgerLines === held,
    () => `${buyer} has ${status.ledgerLines} ledger lines, and ${held} were acknowledged`,
  );
  checkExplanation(buyer, explained, model, findings);
}

/** Which lines are not as the model has them. */
function differences(
  buyer: BuyerName,
  {
    tree,
  }: {
    readonly tree: {
      readonly children: readonly {
        readonly label: string;
        readonly children: readonly { readonly label: string; readonly value?: string }[];
      }[];
    };
  },
  model: Model,
): string {
  const shown = new Map(tree.children.flatMap(({ children }) => children).map(({ label, value }) => [label, value]));
  const wrong: string[] = [];
  for (const [id, line] of model.lines(buyer)) {
    if (line.retracted || line.pieces === undefined) continue;
    const live = model.hasAgreed(buyer, line.supplier) ? model.live(line.productId) : undefined;
    const nanoKg = live === undefined ? undefined : BigInt(line.pieces) * BigInt(live.milliKg) * 1_000_000n;
    const wanted =
      nanoKg === undefined
        ? "unsupported"
        : `${formatNanoKg(nanoKg)} kg CO2e by ${MEMBERS[line.supplier].origin}#${live?.index}`;
    if (shown.get(id) !== wanted) wrong.push(`${id} is ${shown.get(id) ?? "not there"} instead of ${wanted}`);
  }
  return wrong.slice(0, 8).join("; ");
}
