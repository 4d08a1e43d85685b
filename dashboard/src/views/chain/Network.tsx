import { Soon } from "../../parts/Soon.tsx";

export function Network() {
  return <Soon title="Network" />;
}
