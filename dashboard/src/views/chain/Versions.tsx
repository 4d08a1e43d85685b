import { Soon } from "../../parts/Soon.tsx";

export function Versions(_: { readonly id: string }) {
  return <Soon title="Versions" />;
}
