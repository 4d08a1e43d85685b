import { Soon } from "../../parts/Soon.tsx";

export function Agent(_: { readonly id: string; readonly agent: string }) {
  return <Soon title="Agent" />;
}
