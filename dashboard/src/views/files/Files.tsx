import { Soon } from "../../parts/Soon.tsx";

export function Files() {
  return <Soon title="Files" />;
}
