import type { Command } from "commander";
import type { StatementDocument } from "../../core/closing/period-documents.ts";
import { signStatement } from "../../core/closing/period-statement.ts";
import type { LocalApi, PeriodRequest } from "../../ports/local-api.ts";
import { readPersonKey } from "../person-key.ts";
import { renderPeriod, renderStatement } from "../render-period.ts";
import { globals, run } from "../run.ts";
import { withNode } from "../with-node.ts";
import { writeWhole } from "../write-whole.ts";

interface SignOptions {
  readonly key: string;
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
      .requiredOption("--key <file>", "the key of the person who signs")
      .option("--renew", "prepare it anew instead of signing what waits; signatures it has are dropped");
    if (action !== "close") command.requiredOption("--reason <text>", "why");
    if (action === "restate") command.option("--immaterial", "also where the change is below the policy's materiality");
    command.action((name: string, options: SignOptions, command: Command) =>
      run(command, async (output) => {
        const { person, key } = await readPersonKey(options.key);
        await withNode(globals(command).home, async (node) => {
          const { statement } = await waiting(node, action, name, options);
          const signed = await node.periods.sign(signStatement(statement, person.kid, key));
          output.result(signed, () => renderStatement(signed));
        });
      }),
    );
  }
  period
    .command("list")
    .description("every period that was put forward for closing")
    .action((_options: unknown, command: Command) =>
      run(command, async (output) => {
        await withNode(globals(command).home, async (node) => {
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
        await withNode(globals(command).home, async (node) => {
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
        await withNode(globals(command).home, async (node) => {
          const sizeBytes = await writeWhole(options.output, node.periods.exportReport(name));
          output.result({ file: options.output, sizeBytes }, () => `wrote ${options.output} (${sizeBytes} bytes)`);
        });
      }),
    );
}

/** The statement that is to be signed: the one that waits for the same, or a new one. */
async function waiting(
  node: LocalApi,
  action: PeriodRequest["action"],
  period: string,
  { reason, immaterial, renew }: SignOptions,
): Promise<Pick<StatementDocument, "statement">> {
  if (renew !== true) {
    const { periods } = await node.periods.list();
    const known = periods.some((one) => one.period.name === period && one.awaitingSignatures);
    const pending = known ? (await node.periods.show(period)).pending : undefined;
    if (pending !== undefined && (pending.action === "reopen") === (action === "reopen")) return { statement: pending };
  }
  return node.periods.propose({
    action,
    period,
    ...(reason === undefined ? {} : { reason }),
    ...(immaterial === undefined ? {} : { immaterial }),
  });
}
