import type { Hex } from "viem";
import { readClusterTexts } from "../internal/versionLayout.ts";
import type { Version } from "../types/version.ts";

/**
 * Decodes what `ClusterRegistry.textsOf` answers: slug, name, description and names of input variables. Pure.
 *
 * @throws PleiadError `VERSION_INVALID` where the bytes are something else.
 */
export function decodeClusterTexts(data: Hex): Pick<Version, "slug" | "name" | "description" | "inputs"> {
  return readClusterTexts(data);
}
