import { Soon } from "../../parts/Soon.tsx";

export function Approvals() {
  return <Soon title="Approvals" />;
}
