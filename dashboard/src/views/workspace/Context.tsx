import { Soon } from "../../parts/Soon.tsx";

export function Context(_: { readonly id: string; readonly contextKey?: string }) {
  return <Soon title="Whiteboard" />;
}
