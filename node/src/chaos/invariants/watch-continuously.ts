import { setTimeout as delay } from "node:timers/promises";
import { askMember } from "../network/ask-member.ts";
import { BUYERS, type BuyerName, MEMBER_NAMES } from "../network/members.ts";
import type { QuiescenceContext } from "./quiescence.ts";
import { checkAccusations, checkExplanation, checkInventory, checkLedger } from "./watch-members.ts";

const LOGS_EVERY_MS = 200;
const MEMBERS_EVERY_MS = 700;
/** A node that does not answer in this time is asked again later. */
const ANSWER_MS = 5_000;

/** Checks, again and again while faults come and go, what must hold at every moment. Resolves when the signal aborts. */
export async function watchContinuously(context: QuiescenceContext, signal: AbortSignal): Promise<void> {
  const each = async (everyMs: number, look: () => Promise<void>): Promise<void> => {
    while (!signal.aborted) {
      await look();
      await delay(everyMs, undefined, { signal }).catch(() => {
        // Aborted: the loop's condition ends it.
      });
    }
  };
  await Promise.all([
    each(LOGS_EVERY_MS, () => context.logs.look()),
    ...MEMBER_NAMES.map((name) =>
      each(MEMBERS_EVERY_MS, async () => {
        const { network, findings } = context;
        const asked = await askMember(
          network.homeOf(name),
          async (node) => ({ status: await node.status(), inventory: await node.inventory() }),
          ANSWER_MS,
        );
        if (!("answer" in asked)) return;
        checkAccusations(name, asked.answer.status, findings);
        checkInventory(name, asked.answer.inventory, findings);
      }),
    ),
    ...BUYERS.map((name) => each(MEMBERS_EVERY_MS, () => lookAtBuyer(name, context))),
  ]);
}

async function lookAtBuyer(
  buyer: BuyerName,
  { network, model, findings, isDamaged }: QuiescenceContext,
): Promise<void> {
  const before = model.heldLines(buyer);
  const asked = await askMember(
    network.homeOf(buyer),
    async (node) => ({ status: await node.status(), explained: await node.explain("total") }),
    ANSWER_MS,
  );
  if (!("answer" in asked)) return;
  // What was retracted meanwhile need not be there, and what was added meanwhile need not be there yet.
  const expected = Math.min(before, model.heldLines(buyer));
  if (!isDamaged(buyer)) checkLedger(buyer, asked.answer.status, expected, findings);
  checkExplanation(buyer, asked.answer.explained, model, findings);
}
