import { Name } from "./basics.tsx";

/** Who wrote something, by what the log knows of them: a node's operator has no name there. */
export function Author({
  author: { id, name },
}: {
  readonly author: { readonly id: string; readonly name: string };
}) {
  const node = /^node:(\d+)$/.exec(id)?.[1];
  return node === undefined ? <Name text={name} fallback={id} /> : <span>Operator of node {node}</span>;
}
