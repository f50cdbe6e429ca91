import type { ModelLine } from "../model/model.ts";
import { BUYERS, type BuyerName, SUPPLIERS } from "../network/members.ts";
import type { SeededRandom } from "../random.ts";
import { PRODUCTS, productOf } from "./supplier-work.ts";
import type { WorkContext } from "./work-context.ts";
import type { Work } from "./worker.ts";

const MAX_LINES = 8;
const MAX_PIECES = 999;
const HEADER = "id,date,category,supplier,productId,description,quantity,unit";

/** What a buyer does: adds lines to its ledger, corrects and retracts some, and imports the same again. */
export function buyerWork(buyer: BuyerName, context: WorkContext, random: SeededRandom): () => Work {
  const { model, acknowledge, violation } = context;
  const lines = model.lines(buyer);
  let added = 0;
  const standing = (): [string, ModelLine][] => [...lines].filter(([, { retracting }]) => !retracting);

  const load = async (chosen: ReadonlyMap<string, number>, correct: boolean, signal: AbortSignal): Promise<void> => {
    const rows = [...chosen].map(([id, pieces]) => rowOf(id, lines.get(id) as ModelLine, pieces));
    const file = new TextEncoder().encode([HEADER, ...rows].join("\n"));
    const answer = await acknowledge(buyer, "import", signal, (node) =>
      node.importLedger("ledger.csv", file, { correct }),
    );
    if (answer === undefined) return;
    if (answer.refused > 0) throw new Error(`the workload's ledger is refused: ${JSON.stringify(answer.issues)}`);
    for (const [id, pieces] of chosen) (lines.get(id) as ModelLine).pieces = pieces;
  };

  const add = (): Work => {
    const chosen = new Map<string, number>();
    for (let count = random.int(1, MAX_LINES); count > 0; count--) {
      const supplier = random.pick(SUPPLIERS);
      const id = `${BUYERS.indexOf(buyer)}-${added++}`;
      const pieces = random.int(1, MAX_PIECES);
      const productId = productOf(supplier, random.int(0, PRODUCTS - 1));
      chosen.set(id, pieces);
      lines.set(id, { supplier, productId, asked: [pieces], pieces: undefined, retracting: false, retracted: false });
    }
    return (signal) => load(chosen, false, signal);
  };
  const correct = (): Work => {
    const chosen = new Map<string, number>();
    for (const [id, line] of random.shuffle(standing()).slice(0, random.int(1, MAX_LINES))) {
      const pieces = random.int(1, MAX_PIECES);
      line.asked.push(pieces);
      chosen.set(id, pieces);
    }
    return (signal) => load(chosen, true, signal);
  };
  const again = (): Work => {
    const chosen = random.shuffle(standing()).slice(0, MAX_LINES);
    const pieces = new Map(chosen.map(([id, line]) => [id, line.pieces as number]));
    const file = new TextEncoder().encode(
      [HEADER, ...chosen.map(([id, line]) => rowOf(id, line, line.pieces as number))].join("\n"),
    );
    return async (signal) => {
      const answer = await acknowledge(buyer, "import again", signal, (node) => node.importLedger("ledger.csv", file));
      if (answer === undefined || answer.unchanged === pieces.size) return;
      violation("lost", `${buyer} holds other lines than it acknowledged: ${JSON.stringify(answer)}`);
    };
  };
  const retract = (): Work => {
    const [id, line] = random.pick(standing());
    line.retracting = true;
    return async (signal) => {
      const answer = await acknowledge(buyer, "retract", signal, async (node) => {
        try {
          await node.retractLine(id, "the workload says so");
        } catch (error) {
          // Asked for before, and done: only the acknowledgement was lost.
          if ((error as { code?: string }).code !== "LINE_UNKNOWN") throw error;
        }
        return true;
      });
      if (answer === true) line.retracted = true;
    };
  };

  return () => {
    const kind = random.fraction();
    if (standing().length < 12 || kind < 0.35) return add();
    if (kind < 0.65) return correct();
    return kind < 0.85 ? again() : retract();
  };
}

function rowOf(id: string, { supplier, productId }: ModelLine, pieces: number): string {
  return [id, "2024-05-01", 1, `did:web:${supplier}.example`, productId, "parts", pieces, "piece"].join();
}
