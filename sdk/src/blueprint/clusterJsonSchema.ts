import { z } from "zod";
import { clusterSchema } from "./clusterSchema.ts";

/** The JSON Schema of `cluster.yaml`, in the draft that most editors know. `cluster.schema.json` is this. */
export function clusterJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(clusterSchema, { target: "draft-7", io: "input" });
}
