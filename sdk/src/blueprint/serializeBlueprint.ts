import { Document, Scalar, visit } from "yaml";
import type { ClusterFile } from "./clusterSchema.ts";

/**
 * Writes `cluster.yaml`, as `parseBlueprint` reads it. It writes what it is given, right or wrong: `parseBlueprint` says which.
 *
 * @param file What the file says, under its own keys; what is undefined is left out.
 *
 * @example
 * const text = serializeBlueprint({ slug: "echo", name: "Echo", windowSeconds: 30, agents: [{ name: "parrot", model: 1 }], tasks });
 */
export function serializeBlueprint(file: ClusterFile): string {
  const document = new Document(file);
  visit(document, {
    Scalar(_key, node) {
      const isText = typeof node.value === "string" && node.value.includes("\n");
      // A block would lose spaces at the beginning of its first line and at the end of any.
      if (isText && /^\s|[ \t]\n|[ \t]$/.test(node.value as string)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  // Long lines stay as they are, so that a prompt is read as it was written.
  return document.toString({ lineWidth: 0 });
}
