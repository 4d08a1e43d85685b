import { field, section } from "../fields.ts";
import { text } from "../schemas.ts";

/** The manager that this daemon runs for its operator. */
export const MANAGER_KEYS = {
  manager: section("What keeps clusters healthy without somebody watching.", {
    file: field({
      meaning:
        "The file of the cluster manager that this daemon runs (`cluster_manager:`, see [manager.md](manager.md)). It is followed: what is written there counts without a restart.",
      expected: "a path",
      schema: text.nullable(),
      default: null,
      defaultText: "none: no manager",
      path: true,
    }),
  }),
};
