import { z } from "zod";
import { field, section } from "../fields.ts";
import { HELPERS_MAX, SERVICES_MAX, serviceName, whole, wholeText } from "../schemas.ts";
import {
  SERVICE_FOLDER_BYTES_DEFAULT,
  SERVICE_FOLDER_BYTES_MAX,
  SERVICE_FOLDER_BYTES_MIN,
} from "../service.ts";

/** What the agents of a cluster share. */
export const WORKSPACE_KEYS = {
  workspace: section("What the agents of a cluster share: messages, whiteboard, memory, threads.", {
    embeddings: field({
      meaning:
        "Name of a service of kind `http` that makes vectors of memories (`POST {baseUrl}/embeddings`, with the service's model and key), so that `recall` finds also " +
        "what is said in other words. The texts of memories go there. Without it, or while it fails, memories are found by their words.",
      expected: "the name of an http service in `services`",
      schema: serviceName.nullable(),
      default: null,
      defaultText: "none: by words alone",
    }),
    helpersMax: field({
      meaning: "How many helpers' programs run at once.",
      expected: wholeText(0, HELPERS_MAX),
      schema: whole(0, HELPERS_MAX),
      default: 8,
    }),
    helperHomeBytesMax: field({
      meaning:
        "Most bytes on the disk of what a helper's program keeps in its home while the helper lives: its sessions, caches and packages. A turn that passes it is ended, with what to do.",
      expected: wholeText(SERVICE_FOLDER_BYTES_MIN, SERVICE_FOLDER_BYTES_MAX),
      schema: whole(SERVICE_FOLDER_BYTES_MIN, SERVICE_FOLDER_BYTES_MAX),
      default: SERVICE_FOLDER_BYTES_DEFAULT,
    }),
    helperWorkBytesMax: field({
      meaning:
        "The same of the folder in which a helper without a project works; a copy of a project has `folders.copyBytesMax`.",
      expected: wholeText(SERVICE_FOLDER_BYTES_MIN, SERVICE_FOLDER_BYTES_MAX),
      schema: whole(SERVICE_FOLDER_BYTES_MIN, SERVICE_FOLDER_BYTES_MAX),
      default: SERVICE_FOLDER_BYTES_DEFAULT,
    }),
    recordTerminals: field({
      meaning:
        "Whether what helpers' terminals show is recorded (asciicast v2, in `recordings` of the data folder, mode 0600; the oldest files go). What people type is not.",
      expected: "true or false",
      schema: z.boolean(),
      default: false,
    }),
    agentServices: field({
      meaning:
        "Services with which agents may start helpers. The operator and a cluster's owner may use every service that lives for more than one prompt.",
      expected: `up to ${SERVICES_MAX} names of services`,
      schema: z.array(serviceName).max(SERVICES_MAX),
      default: [],
      defaultText: "none: agents start no programs",
    }),
  }),
};
