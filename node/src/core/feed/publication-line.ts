import {
  attestationSourceKey,
  type DetailLine,
  detailLineSchema,
  factorSourceKey,
  isSharedSourceKey,
} from "@tallystick/contracts";
import { z } from "zod";

/** A part of a footprint as a file has it. What it rests on is a text, or a name by which its uncertainty is known. */
export interface PublicationLine extends DetailLine {
  /** `SET@VERSION#KEY` of the emission factor that it was calculated with. */
  readonly factor?: string;
  /** Product id of the input whose emissions it is. */
  readonly input?: string;
}

const reference = z.strictObject({
  factor: z
    .string()
    .max(256)
    .refine((name) => isSharedSourceKey(factorSourceKey(name)), "not SET@VERSION#KEY")
    .exactOptional(),
  input: z.string().min(1).max(256).exactOptional(),
});

export const publicationLineSchema: z.ZodType<PublicationLine> = z
  .record(z.string(), z.unknown())
  .transform(({ factor, input, ...rest }, context) => {
    const parts = [
      detailLineSchema.safeParse(rest),
      reference.safeParse({ ...(factor === undefined ? {} : { factor }), ...(input === undefined ? {} : { input }) }),
    ] as const;
    const [detail, named] = parts;
    for (const { path, message } of parts.flatMap(({ error }) => error?.issues ?? [])) {
      context.issues.push({ code: "custom", input: rest, path: [...path], message });
    }
    if (!detail.success || !named.success) return z.NEVER;
    return { ...detail.data, ...named.data };
  })
  .superRefine(({ source, factor, input }, context) => {
    const restsOn = [source, factor, input].filter((each) => each !== undefined);
    if (restsOn.length > 1) context.addIssue({ code: "custom", message: "has more than one of source, factor, input" });
    if (source !== undefined && isSharedSourceKey(source)) {
      context.addIssue({ code: "custom", path: ["source"], message: "names a source: write it as factor or input" });
    }
  });

/**
 * The line as it is signed: a factor or an input stands as its source, under the key that uncertainty knows it by, so that an assurer to
 * whom it is shown can tell what the footprint's uncertainty follows from.
 * @param refOf where the entry of an input stands
 */
export function toDetailLine(
  { label, kgCo2e, source, factor, input }: PublicationLine,
  refOf: (productId: string) => { readonly origin: string; readonly index: number },
): DetailLine {
  const detail = { label, kgCo2e };
  if (factor !== undefined) return { ...detail, source: factorSourceKey(factor) };
  if (input !== undefined) {
    const { origin, index } = refOf(input);
    return { ...detail, source: attestationSourceKey(origin, index) };
  }
  return source === undefined ? detail : { ...detail, source };
}
