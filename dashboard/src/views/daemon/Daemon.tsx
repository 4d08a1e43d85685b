import { Soon } from "../../parts/Soon.tsx";

export function Daemon() {
  return <Soon title="This node" />;
}
