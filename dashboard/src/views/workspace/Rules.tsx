import { Soon } from "../../parts/Soon.tsx";

export function Rules(_: { readonly id: string }) {
  return <Soon title="Rules" />;
}
