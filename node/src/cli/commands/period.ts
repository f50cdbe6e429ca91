import { secretsOf, writeWhole } from "@tallystick/registry";
import type { Command } from "commander";
import { closingError } from "../../core/closing/closing-errors.ts";
import type { PendingDocument, StatementDocument } from "../../core/closing/period-documents.ts";
import { signStatement } from "../../core/closing/period-statement.ts";
import type { LocalApi, PeriodRequest } from "../../ports/local-api.ts";
import { readPersonKey } from "../person-key.ts";
import { renderPeriod, renderStatement } from "../render-period.ts";
import { globals, run } from "../run.ts";
import { withNode } from "../with-node.ts";
import { addPeriodVerifyCommand } from "./period-verify.ts";

interface SignOptions {
  readonly key?: string;
  readonly report?: string;
  readonly asPrepared?: true;
  readonly reason?: string;
  readonly immaterial?: true;
  readonly renew?: true;
}

const ACTIONS = {
  close: "freeze the inventory of a period as a report; the last signature that is needed closes it",
  restate: "report a closed period anew, with what changed since and why",
  reopen: "take a closed period back to open; its report stays, and the next one says what changed",
} as const;

export function addPeriodCommand(program: Command): void {
  const period = program.command("period").description("close reporting periods under several persons' keys");
  for (const action of ["close", "restate", "reopen"] as const) {
    const command = period
      .command(action)
      .description(ACTIONS[action])
      .argument("<period>", "2025, 2025-Q3, 2025-07, FY2025 or 2025-04-01..2026-03-31")
      .option("--key <file>", "the key of the person who signs; without it, the statement is prepared and nobody signs")
      .option("--report <digest>", "sign what waits only if it is about this report: the one that you looked at")
      .option("--as-prepared", "sign what waits also where a report prepared now would be another")
      .option("--renew", "prepare it anew instead of signing what waits; signatures it has are dropped");
    if (action !== "close") command.requiredOption("--reason <text>", "why");
    if (action === "restate") command.option("--immaterial", "also where the change is below the policy's materiality");
    command.action((name: string, options: SignOptions, command: Command) =>
      run(command, async (output) => {
        const person =
          options.key === undefined ? undefined : await readPersonKey(options.key, secretsOf(globals(command)));
        await withNode(globals(command), async (node) => {
          const put = await forward(node, action, name, options, person !== undefined);
          const { statement } = put;
          const document =
            person === undefined
              ? put
              : await node.periods.sign(
                  await signStatement(statement, person.person.kid, person.key),
                  options.asPrepared === true,
                );
          output.result(document, () => renderStatement(document));
        });
      }),
    );
  }
  period
    .command("list")
    .description("every period that was put forward for closing")
    .action((_options: unknown, command: Command) =>
      run(command, async (output) => {
        await withNode(globals(command), async (node) => {
          const { periods } = await node.periods.list();
          output.result({ periods }, () =>
            periods.length === 0
              ? "no period was closed yet"
              : periods
                  .map(({ period: { name, start, end }, state, reports, awaitingSignatures }) =>
                    [
                      `${name} (${start} to ${end}): ${state}, ${reports} reports`,
                      ...(awaitingSignatures ? ["a statement waits for signatures"] : []),
                    ].join("; "),
                  )
                  .join("\n"),
          );
        });
      }),
    );
  period
    .command("show")
    .description("a period's reports, who signed them, and what was learnt since the last")
    .argument("<period>")
    .action((name: string, _options: unknown, command: Command) =>
      run(command, async (output) => {
        await withNode(globals(command), async (node) => {
          const document = await node.periods.show(name);
          output.result(document, () => renderPeriod(document));
        });
      }),
    );
  period
    .command("export")
    .description("write the latest signed report of a period, with every line and all that it rests on")
    .argument("<period>")
    .requiredOption("-o, --output <file>", "where to write it")
    .action((name: string, options: { output: string }, command: Command) =>
      run(command, async (output) => {
        await withNode(globals(command), async (node) => {
          const sizeBytes = await writeWhole(options.output, node.periods.exportReport(name));
          output.result({ file: options.output, sizeBytes }, () => `wrote ${options.output} (${sizeBytes} bytes)`);
        });
      }),
    );
  addPeriodVerifyCommand(period);
}

/** The statement that is to be signed: the one that waits for the same, where it is the one that was looked at, or a new one. */
async function forward(
  node: LocalApi,
  action: PeriodRequest["action"],
  period: string,
  { reason, immaterial, renew, report }: SignOptions,
  signing: boolean,
): Promise<StatementDocument> {
  const { pending } = await node.periods.show(period);
  if (pending !== undefined && renew !== true && sameAction(pending, action)) {
    if (signing) requireNamed(pending, report);
    return pending;
  }
  if (report !== undefined) {
    throw closingError("STATEMENT_DIFFERS", { period, reason: "no such statement waits for signatures" });
  }
  return node.periods.propose({
    action,
    period,
    ...(reason === undefined ? {} : { reason }),
    ...(immaterial === undefined ? {} : { immaterial }),
    ...(renew === undefined ? {} : { renew }),
  });
}

function sameAction({ statement, change }: PendingDocument, action: PeriodRequest["action"]): boolean {
  if (statement.action === "reopen") return action === "reopen";
  return action === "close" || (action === "restate" && change !== undefined);
}

/** Nobody signs unseen what another put forward, nor what took its place since it was looked at. */
function requireNamed({ statement, totalKgCo2e, preparedAt, signers, sinceReport }: PendingDocument, named?: string) {
  const { period, action, report } = statement;
  if (named === report) return;
  if (named !== undefined)
    throw closingError("STATEMENT_DIFFERS", { period, reason: `what waits is report ${report}` });
  const { deltaKgCo2e, lines } = sinceReport;
  const seen = { period, action, report, totalKgCo2e, preparedAt, signers, deltaKgCo2e, lines: lines.length };
  throw closingError("STATEMENT_NOT_NAMED", seen);
}
