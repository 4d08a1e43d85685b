import { Soon } from "../../parts/Soon.tsx";

export function NetworkModel(_: { readonly id: string }) {
  return <Soon title="Model" />;
}
