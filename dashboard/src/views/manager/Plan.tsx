import { Soon } from "../../parts/Soon.tsx";

export function Plan(_: { readonly id: string }) {
  return <Soon title="Plan" />;
}
