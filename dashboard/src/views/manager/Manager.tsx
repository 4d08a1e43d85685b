import { Soon } from "../../parts/Soon.tsx";

export function Manager() {
  return <Soon title="Manager" />;
}
