import { type ComponentType, lazy, type ReactNode } from "react";
import type { Place } from "../places.ts";
import { Overview } from "./Overview.tsx";

/** What is not needed for the first screen comes when it is wanted. */
function later<Module, Props>(load: () => Promise<Module>, pick: (module: Module) => ComponentType<Props>) {
  return lazy(async () => ({ default: pick(await load()) }));
}

const Executions = later(
  () => import("./chain/Executions.tsx"),
  (module) => module.Executions,
);
const Execution = later(
  () => import("./chain/Execution.tsx"),
  (module) => module.Execution,
);
const Clusters = later(
  () => import("./chain/Clusters.tsx"),
  (module) => module.Clusters,
);
const Cluster = later(
  () => import("./chain/Cluster.tsx"),
  (module) => module.Cluster,
);
const Versions = later(
  () => import("./chain/Versions.tsx"),
  (module) => module.Versions,
);
const Network = later(
  () => import("./chain/Network.tsx"),
  (module) => module.Network,
);
const NetworkNode = later(
  () => import("./chain/NetworkNode.tsx"),
  (module) => module.NetworkNode,
);
const NetworkModel = later(
  () => import("./chain/NetworkModel.tsx"),
  (module) => module.NetworkModel,
);
const NetworkAgent = later(
  () => import("./chain/NetworkAgent.tsx"),
  (module) => module.NetworkAgent,
);
const Credits = later(
  () => import("./chain/Credits.tsx"),
  (module) => module.Credits,
);
const Team = later(
  () => import("./team/Team.tsx"),
  (module) => module.Team,
);
const Agent = later(
  () => import("./team/Agent.tsx"),
  (module) => module.Agent,
);
const Terminals = later(
  () => import("./terminals/Terminals.tsx"),
  (module) => module.Terminals,
);
const Messages = later(
  () => import("./workspace/Messages.tsx"),
  (module) => module.Messages,
);
const Threads = later(
  () => import("./workspace/Threads.tsx"),
  (module) => module.Threads,
);
const Context = later(
  () => import("./workspace/Context.tsx"),
  (module) => module.Context,
);
const Memory = later(
  () => import("./workspace/Memory.tsx"),
  (module) => module.Memory,
);
const Rules = later(
  () => import("./workspace/Rules.tsx"),
  (module) => module.Rules,
);
const Files = later(
  () => import("./files/Files.tsx"),
  (module) => module.Files,
);
const AgentFiles = later(
  () => import("./files/AgentFiles.tsx"),
  (module) => module.AgentFiles,
);
const NewCluster = later(
  () => import("./make/NewCluster.tsx"),
  (module) => module.NewCluster,
);
const Run = later(
  () => import("./make/Run.tsx"),
  (module) => module.Run,
);
const Approvals = later(
  () => import("./consent/Approvals.tsx"),
  (module) => module.Approvals,
);
const Budgets = later(
  () => import("./consent/Budgets.tsx"),
  (module) => module.Budgets,
);
const Manager = later(
  () => import("./manager/Manager.tsx"),
  (module) => module.Manager,
);
const Plan = later(
  () => import("./manager/Plan.tsx"),
  (module) => module.Plan,
);
const Daemon = later(
  () => import("./daemon/Daemon.tsx"),
  (module) => module.Daemon,
);
const Job = later(
  () => import("./daemon/Job.tsx"),
  (module) => module.Job,
);

type Views = {
  readonly [View in Exclude<Place["view"], "unknown">]: (
    place: Extract<Place, { readonly view: View }>,
  ) => ReactNode;
};

/** Each place with what is shown there. A view of one thing begins anew for another. */
export const VIEWS: Views = {
  overview: () => <Overview />,
  executions: () => <Executions />,
  execution: ({ id }) => <Execution key={id} id={id} />,
  clusters: () => <Clusters />,
  cluster: ({ id }) => <Cluster key={id} id={id} />,
  versions: ({ id }) => <Versions key={id} id={id} />,
  team: ({ id }) => <Team key={id} id={id} />,
  agent: ({ id, agent }) => <Agent key={`${id} ${agent}`} id={id} agent={agent} />,
  terminals: ({ id }) => <Terminals key={id} id={id} />,
  messages: ({ id }) => <Messages key={id} id={id} />,
  threads: ({ id }) => <Threads key={id} id={id} />,
  thread: ({ id, thread }) => <Threads key={id} id={id} thread={thread} />,
  context: ({ id }) => <Context key={id} id={id} />,
  contextKey: ({ id, key }) => <Context key={id} id={id} contextKey={key} />,
  memory: ({ id }) => <Memory key={id} id={id} />,
  rules: ({ id }) => <Rules key={id} id={id} />,
  run: ({ id }) => <Run key={id} id={id} />,
  files: () => <Files />,
  agentFiles: ({ agent }) => <AgentFiles key={agent} agent={agent} />,
  network: () => <Network />,
  networkNode: ({ id }) => <NetworkNode key={id} id={id} />,
  networkModel: ({ id }) => <NetworkModel key={id} id={id} />,
  networkAgent: ({ id }) => <NetworkAgent key={id} id={id} />,
  credits: () => <Credits />,
  newCluster: () => <NewCluster />,
  approvals: () => <Approvals />,
  budgets: () => <Budgets />,
  manager: () => <Manager />,
  plan: ({ id }) => <Plan key={id} id={id} />,
  daemon: () => <Daemon />,
  job: ({ id }) => <Job key={id} id={id} />,
};
