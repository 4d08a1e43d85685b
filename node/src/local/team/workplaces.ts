import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { HelperPlan, Workplace } from "../../agents/team/ports.ts";
import { makeFolder } from "../../config/files.ts";

/** The folder of a helper that works on no project: its own, kept while it lives. */
export async function emptyWorkplace(
  plan: HelperPlan,
  options: { readonly folder: string },
): Promise<Workplace> {
  const own = helperFolderOf(plan, options);
  const place = { folder: join(own, "work"), homeFolder: join(own, "home") };
  await makeFolder(place.folder);
  await makeFolder(place.homeFolder);
  return {
    ...place,
    checkpoint: async () => {},
    changes: async () => "",
    leave: async (isOver) => {
      if (isOver) await rm(own, { recursive: true, force: true });
    },
  };
}

/** Of one helper: what its program keeps, and where it works. */
export function helperFolderOf({ cluster, name }: HelperPlan, options: { readonly folder: string }): string {
  return join(options.folder, `${cluster}-${name}`);
}
