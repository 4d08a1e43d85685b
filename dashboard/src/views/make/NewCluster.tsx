import { Soon } from "../../parts/Soon.tsx";

export function NewCluster() {
  return <Soon title="New cluster" />;
}
