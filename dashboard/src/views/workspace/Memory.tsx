import { Soon } from "../../parts/Soon.tsx";

export function Memory(_: { readonly id: string }) {
  return <Soon title="Memory" />;
}
