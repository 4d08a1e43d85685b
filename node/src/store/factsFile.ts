import { readFile } from "node:fs/promises";
import type { z } from "zod";
import { errnoOf } from "../config/files.ts";
import { storeDamaged, toStoreError } from "./errors.ts";

/**
 * Reads one of the small JSON files beside the database; undefined where there is none.
 *
 * @param name how the file is called in errors
 * @throws STORE_DAMAGED where it is not what the node wrote; STORE_IO
 */
export async function readFactsFile<T extends z.ZodType>(
  path: string,
  name: string,
  schema: T,
): Promise<z.output<T> | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw toStoreError(error, path);
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw storeDamaged(name, "it is not what the node wrote", error);
  }
}
