import { Soon } from "../../parts/Soon.tsx";

export function Credits() {
  return <Soon title="Credits" />;
}
