import { PleiadError } from "@pleiad/sdk/errors";
import { TOLD_CHARS_MAX } from "@pleiad/sdk/manager/limits";
import type { CommunicationRequest } from "../face.ts";
import type { Fleet } from "../fleet.ts";
import { TOPIC_CHARS_MAX } from "../limits.ts";
import type { DraftStep } from "../planning/planner.ts";
import type { ManagerRelationships } from "../settings.ts";
import { checkGateway, clusterOf, type GatewaySides, type OpenGateway } from "./gateways.ts";
import type { RoutingTable } from "./routes.ts";

/**
 * The steps that tell members something: one, all, a topic's subscribers, or those of another cluster's topic through a gateway.
 *
 * @throws PleiadError CLUSTER_UNKNOWN; MEMBER_UNKNOWN; MEMBER_UNREACHABLE where no node of it lives; GATEWAY_MISSING; MESSAGE_INVALID
 */
export function messageSteps(
  request: CommunicationRequest,
  fleet: Fleet,
  relationships: Pick<ManagerRelationships, "gateways">,
  modules: { readonly routes: Pick<RoutingTable, "route">; readonly sides: GatewaySides },
): readonly DraftStep[] {
  const { cluster, to, text } = request;
  checkText("text", text, TOLD_CHARS_MAX);
  const { slug, members } = clusterOf(fleet, cluster);
  const say = (why: string, topic: string, member?: string): readonly DraftStep[] => [
    {
      step: { act: "broadcast", cluster, topic, text, ...(member === undefined ? {} : { to: member }) },
      why,
    },
  ];
  switch (to.how) {
    case "broadcast":
      return say(`All ${members.length} members of ${slug} are to know.`, "");
    case "topic":
      checkText("topic", to.topic, TOPIC_CHARS_MAX);
      return say(`Subscribers of ${to.topic} in ${slug} are to know.`, to.topic);
    case "gateway":
      checkText("topic", to.topic, TOPIC_CHARS_MAX);
      return throughGateway(
        checkGateway({ from: cluster, to: to.cluster, topic: to.topic }, fleet, relationships, modules.sides),
        text,
      );
    case "route": {
      if (!members.some(({ name }) => name === to.member))
        throw memberUnknown(
          slug,
          to.member,
          members.map(({ name }) => name),
        );
      const nodes = modules.routes.route(cluster, to.member)?.nodes ?? [];
      if (nodes.length === 0) throw unreachable(slug, to.member);
      return say(`${to.member} of ${slug} is to know; it is reached at node ${nodes[0]}.`, "", to.member);
    }
  }
}

/** Takes no cluster, only a way that both owners named. */
function throughGateway({ from, to, topic, toCluster }: OpenGateway, text: string): readonly DraftStep[] {
  return [
    {
      step: { act: "broadcast", cluster: toCluster, topic, text },
      why: `${from} tells subscribers of ${topic} in ${to}; both owners named this way.`,
    },
  ];
}

function checkText(what: string, value: string, charsMax: number): void {
  if (value.trim() !== "" && value.length <= charsMax) return;
  throw new PleiadError(`a message's ${what} has 1 to ${charsMax} characters, not ${value.length}`, {
    code: "MESSAGE_INVALID",
    hint: "shorten it, or write it to the cluster's context and name the key",
    details: { what, chars: value.length, charsMax },
  });
}

function memberUnknown(slug: string, member: string, names: readonly string[]): PleiadError {
  return new PleiadError(`${slug} has no member ${JSON.stringify(member)}`, {
    code: "MEMBER_UNKNOWN",
    hint: `its members are ${names.join(", ") || "none"}`,
    details: { slug, member },
  });
}

function unreachable(slug: string, member: string): PleiadError {
  return new PleiadError(`no node of ${member} in ${slug} lives`, {
    code: "MEMBER_UNREACHABLE",
    retryable: true,
    hint: "wait until it is started again, or write it to the cluster's context",
    details: { slug, member },
  });
}
