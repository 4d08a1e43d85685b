import { Soon } from "../../parts/Soon.tsx";

export function Team(_: { readonly id: string }) {
  return <Soon title="Team" />;
}
