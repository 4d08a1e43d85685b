import { Soon } from "../../parts/Soon.tsx";

export function Terminals(_: { readonly id: string }) {
  return <Soon title="Terminals" />;
}
