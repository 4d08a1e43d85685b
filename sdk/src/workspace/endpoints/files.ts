import { z } from "zod";
import { defineEndpoint } from "../endpoint.ts";
import {
  PATH_CHARS_MAX,
  PATHS_MAX,
  RESERVATION_SECONDS_DEFAULT,
  RESERVATION_SECONDS_MAX,
} from "../limits.ts";
import {
  count,
  doneSchema,
  entryId,
  entryIdSchema,
  idSchema,
  line,
  list,
  partySchema,
  timeSchema,
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
    folder: word(64, "A project folder's name on this node."),
    paths: list(
      word(PATH_CHARS_MAX, "A file, or a folder with / at the end, relative to the project folder."),
      PATHS_MAX,
    ),
    reason: line("Why.").optional(),
    seconds: count(
      RESERVATION_SECONDS_MAX,
      `How long; ${RESERVATION_SECONDS_DEFAULT} when left out, at most ${RESERVATION_SECONDS_MAX}.`,
    ).optional(),
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
