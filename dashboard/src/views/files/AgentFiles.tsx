import { Soon } from "../../parts/Soon.tsx";

export function AgentFiles(_: { readonly agent: string }) {
  return <Soon title="Files of an agent" />;
}
