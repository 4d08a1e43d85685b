import { Soon } from "../../parts/Soon.tsx";

export function NetworkAgent(_: { readonly id: string }) {
  return <Soon title="Agent" />;
}
