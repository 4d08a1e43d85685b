import { Soon } from "../../parts/Soon.tsx";

export function Run(_: { readonly id: string }) {
  return <Soon title="Run" />;
}
