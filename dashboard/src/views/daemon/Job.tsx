import { Soon } from "../../parts/Soon.tsx";

export function Job(_: { readonly id: string }) {
  return <Soon title="Job" />;
}
