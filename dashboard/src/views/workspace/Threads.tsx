import { Soon } from "../../parts/Soon.tsx";

export function Threads(_: { readonly id: string; readonly thread?: string }) {
  return <Soon title="Threads" />;
}
