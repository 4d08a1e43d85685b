import { Soon } from "../../parts/Soon.tsx";

export function NetworkNode(_: { readonly id: string }) {
  return <Soon title="Node" />;
}
