import { getGrant } from "@pleiad/sdk/actions/getGrant";
import { useQuery } from "@tanstack/react-query";
import { Badge, Command } from "../../parts/basics.tsx";
import type { Signer } from "../../wallet/signer.ts";

/** An agent of somebody else's may be taken in by whoever its owner lets: whether that is so, and how it comes to be. */
export function GrantNote({
  agent,
  signer,
}: {
  readonly agent: string;
  readonly signer: Signer | undefined;
}) {
  const { data } = useQuery({
    queryKey: ["agent", "grant", agent, signer?.address],
    enabled: signer !== undefined,
    queryFn: async () => {
      const { client, deployment, address } = signer as Signer;
      return getGrant(client, { deployment, kind: "agent", token: BigInt(agent), grantee: address });
    },
  });
  const isOver = data?.expiresAt !== undefined && Number(data.expiresAt) * 1_000 < Date.now();
  if (data !== undefined && data.uses > 0 && !isOver)
    return (
      <p role="status">
        <Badge tone="good">Granted</Badge> Agent {agent} belongs to somebody else, who lets you take it.
      </p>
    );
  return (
    <div role="status">
      <p>
        <Badge tone="warn">Not yours</Badge> Agent {agent} belongs to somebody else, who has to let you take
        it first, by <Command line={`pleiad grant give agent ${agent} ${signer?.address ?? "ADDRESS"}`} /> or
        by an invitation that you bring: <Command line="pleiad invitation accept FILE" />
      </p>
    </div>
  );
}
