import { Soon } from "../../parts/Soon.tsx";

export function Messages(_: { readonly id: string }) {
  return <Soon title="Messages" />;
}
