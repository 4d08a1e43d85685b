import { z } from "zod";
import { defineEndpoint } from "../endpoint.ts";
import {
  doneSchema,
  entryId,
  entryIdSchema,
  idSchema,
  partySchema,
  timeSchema,
  WORKSPACE_ITEMS_MAX,
  word,
} from "../schemas/common.ts";

const reservationSchema = z.object({
  id: entryIdSchema,
  holder: partySchema,
  node: idSchema,
  folder: z.string(),
  paths: z.array(z.string()),
  reason: z.string().optional(),
  expiresAtMs: timeSchema,
});

export const RESERVE_FILES = defineEndpoint({
  name: "reserve_files",
  method: "POST",
  path: "reservations",
  summary: "Reserve files of a project folder while you change them",
  input: z.strictObject({
    folder: word("A project folder's name on this node."),
    paths: z
      .array(word("A file, or a folder with / at the end, relative to the project folder."))
      .min(1)
      .max(WORKSPACE_ITEMS_MAX),
    reason: word("Why, in a line.").optional(),
    seconds: z
      .int()
      .min(1)
      .optional()
      .meta({ description: "How long; an hour when left out, at most a day." }),
  }),
  output: z.object({ reservation: reservationSchema }),
});

export const RELEASE_FILES = defineEndpoint({
  name: "release_files",
  method: "POST",
  path: "reservations/release",
  summary: "Release reserved files",
  input: z.strictObject({
    reservation: entryId("Id of one reservation; all of yours when left out.").optional(),
  }),
  output: doneSchema,
});

export const LIST_RESERVATIONS = defineEndpoint({
  name: "list_reservations",
  method: "GET",
  path: "reservations",
  summary: "List which files are reserved, and by whom",
  input: z.strictObject({}),
  output: z.object({ reservations: z.array(reservationSchema) }),
});
