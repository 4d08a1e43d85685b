import type { z } from "zod";

/**
 * One thing that can be asked of a daemon's workspace: `METHOD /workspace/CLUSTER/PATH`, and the tool of the same name.
 * Input and answer are JSON: ids of clusters, nodes and agents are decimal digits in a string.
 */
export interface WorkspaceEndpoint<
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodObject = z.ZodObject,
> {
  /** Name of the tool: `send_message`. */
  readonly name: string;
  /** `GET` changes nothing; its input is the query. */
  readonly method: "GET" | "POST";
  /** Of a `POST`: whether a token that only views may ask it too. With such a one it changes nothing. @default false */
  readonly isForViewers?: boolean;
  /** Below the cluster: `messages/read`. */
  readonly path: string;
  /** Whether models have it as a tool; what only a page for people needs would cost them words. @default true */
  readonly isTool?: boolean;
  /** What it does in a line. */
  readonly summary: string;
  readonly input: Input;
  readonly output: Output;
}

/** Gives an endpoint the types of its schemas. */
export function defineEndpoint<Input extends z.ZodObject, Output extends z.ZodObject>(
  endpoint: WorkspaceEndpoint<Input, Output>,
): WorkspaceEndpoint<Input, Output> {
  return endpoint;
}

/** What an endpoint gives to whoever answers it: checked, and without keys that hold nothing. */
export type EndpointInput<Endpoint extends WorkspaceEndpoint> = Exact<z.output<Endpoint["input"]>>;

type Exact<Input> = { readonly [Key in keyof Input]: Exclude<Input[Key], undefined> };
