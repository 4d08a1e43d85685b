import { z } from "zod";

/** What helpers can be started with on this node. */
export const offersSchema = z.object({
  services: z.array(
    z.object({
      name: z.string(),
      kind: z.string().meta({ description: "acp, http or the name of a coding agent" }),
      model: z.string().nullable().meta({ description: "that the operator chose; null: its own" }),
      hasFolder: z.boolean().meta({ description: "whether it works in a folder, and so on a project" }),
    }),
  ),
  projects: z.array(z.string()),
  currency: z.string().meta({ description: "of budgets" }),
  budget: z
    .string()
    .nullable()
    .meta({ description: "what one may cost where nothing is said; null: no bound" }),
  helpersMax: z.number().meta({ description: "programs of helpers that run here at once" }),
  filesMax: z.number().meta({ description: "files that go with one task" }),
  fileBytesMax: z.number(),
  filesBytesMax: z.number().meta({ description: "of all files of one task" }),
});
