import type { ManagerPolicy, ManagerSettings } from "../../../../node/src/manager/settings.ts";

/** Settings with short times, so that half an hour shows much. */
export function settingsOf(policy: Partial<ManagerPolicy> = {}): ManagerSettings {
  return {
    id: "m1",
    name: "simulated",
    capabilities: ["formation", "communication", "scaling", "stability"],
    relationships: { clusters: [], owners: [], orchestrator: undefined, gateways: [], weights: new Map() },
    databases: { clusters: "c", communication: "m", performance: "p" },
    formationIntervalMs: 5_000,
    scalingIntervalMs: 10_000,
    alertThresholds: {
      clusterSize: { min: 3, max: 10 },
      communicationLatencyMs: 1_000,
      resourceUsage: 0.8,
      stabilityScore: 0.9,
    },
    policy: {
      unasked: [],
      forbidden: [],
      planWeiMax: 0n,
      dayWeiMax: 0n,
      restartsMax: 3,
      restartWindowMs: 600_000,
      cooldownMs: 60_000,
      verifyMs: 60_000,
      placesFloor: 1,
      ownerShareMax: 0.5,
      placesMax: 16,
      helpersMax: 4,
      ...policy,
    },
  };
}
