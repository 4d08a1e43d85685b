import { Soon } from "../../parts/Soon.tsx";

export function Budgets() {
  return <Soon title="Budgets" />;
}
