import { useQuery } from "@tanstack/react-query";
import { useAct } from "../parts/acting.tsx";
import { read, write } from "./client.ts";
import type {
  ApprovalsAnswer,
  BudgetsAnswer,
  JobAnswer,
  JobsAnswer,
  ManagerPlanAnswer,
  ManagerRequestBody,
  ManagerStatusAnswer,
  StatusAnswer,
} from "./types.ts";

/** Reads and acts of who runs a node: what agents ask, money, the manager, the daemon and its jobs. */

export type Approval = ApprovalsAnswer["waiting"][number];
export type Remembered = ApprovalsAnswer["remembered"][number];
export type Budgets = BudgetsAnswer;
export type Plan = ManagerPlanAnswer["plan"];
export type ManagerState = ManagerStatusAnswer["status"];
export type Alert = ManagerState["alerts"][number];
export type ManagerRequest = ManagerRequestBody["request"];
export type Status = StatusAnswer;
export type StatusAtWork = Extract<StatusAnswer, { readonly account: unknown }>;
export type JobRow = JobsAnswer["live"][number];
export type JobStory = JobAnswer;

/** Ended questions, plans and turns that are shown: what a person looks through. */
const ENDED_SHOWN = 50;
const PLANS_SHOWN = 100;
const TURNS_SHOWN = 100;

export function useApprovals() {
  return useQuery({
    queryKey: ["approval"],
    queryFn: ({ signal }) => read("/approvals", {}, { limit: ENDED_SHOWN }, signal),
  });
}

export function useAnswer() {
  return useAct(
    ({ id, option }: { readonly id: string; readonly option: string | null }) =>
      write("POST /approvals/{id}", { id }, { option }),
    { changes: [["approval"], ["overview"]] },
  );
}

export function useRevoke() {
  return useAct((id: string) => write("DELETE /approvals/remembered/{id}", { id }, undefined), {
    changes: [["approval"]],
  });
}

export function useBudgets() {
  return useQuery({
    queryKey: ["usage", "budgets"],
    queryFn: ({ signal }) => read("/budgets", {}, {}, signal),
  });
}

export function useTurns() {
  return useQuery({
    queryKey: ["usage", "turns"],
    queryFn: ({ signal }) => read("/usage", {}, { limit: TURNS_SHOWN }, signal),
  });
}

export function useManager() {
  return useQuery({
    queryKey: ["manager", "status"],
    queryFn: ({ signal }) => read("/manager/status", {}, {}, signal),
  });
}

export function usePlans() {
  return useQuery({
    queryKey: ["manager", "plans"],
    queryFn: ({ signal }) => read("/manager/plans", {}, { limit: PLANS_SHOWN }, signal),
  });
}

export function usePlan(id: string) {
  return useQuery({
    queryKey: ["manager", "plan", id],
    queryFn: ({ signal }) => read("/manager/plan", {}, { id }, signal),
  });
}

export function useAlerts() {
  return useQuery({
    queryKey: ["manager", "alerts"],
    queryFn: ({ signal }) => read("/manager/alerts", {}, {}, signal),
  });
}

export function useStanding() {
  return useQuery({
    queryKey: ["manager", "standing"],
    queryFn: ({ signal }) => read("/manager/standing", {}, {}, signal),
  });
}

export function useRoutes(cluster: string) {
  return useQuery({
    queryKey: ["manager", "routes", cluster],
    queryFn: ({ signal }) => read("/manager/routes", {}, { cluster }, signal),
  });
}

export function useExplained(subject: string) {
  return useQuery({
    queryKey: ["manager", "explain", subject],
    queryFn: ({ signal }) => read("/manager/explain", {}, { subject }, signal),
  });
}

const OF_MANAGER = { changes: [["manager"]] } as const;

export function useApplyPlan() {
  return useAct((id: string) => write("POST /manager/apply", {}, { id }), OF_MANAGER);
}

export function useRefusePlan() {
  return useAct((id: string) => write("POST /manager/refuse", {}, { id }), OF_MANAGER);
}

export function useAcknowledge() {
  return useAct((id: string) => write("POST /manager/acknowledge", {}, { id }), OF_MANAGER);
}

export function useDrop() {
  return useAct((slug: string) => write("POST /manager/drop", {}, { slug }), OF_MANAGER);
}

export function useRequest(onDone: (plan: Plan) => void) {
  return useAct((request: ManagerRequest) => write("POST /manager/requests", {}, { request }), {
    ...OF_MANAGER,
    onDone: ({ plan }) => onDone(plan),
  });
}

export function useStatus() {
  return useQuery({
    queryKey: ["status"],
    queryFn: ({ signal }) => read("/status", {}, {}, signal),
  });
}

export function useJobs() {
  return useQuery({
    queryKey: ["job", "rows"],
    queryFn: ({ signal }) => read("/node/jobs", {}, {}, signal),
  });
}

export function useJob(id: string) {
  return useQuery({
    queryKey: ["job", "story", id],
    queryFn: ({ signal }) => read("/node/jobs/{id}", { id }, {}, signal),
  });
}

/** What a code means. It never changes while the daemon runs. */
export function useErrorWords(code: string) {
  return useQuery({
    queryKey: ["error", code],
    queryFn: ({ signal }) => read("/errors/{code}", { code }, {}, signal),
  });
}
