import type { Address } from "viem";
import type { Deployment, PeripheryName } from "./deployment.ts";

/** A deployment that names one of the contracts around the core. */
export type DeploymentWith<Name extends PeripheryName> = Deployment & { readonly [name in Name]: Address };

/** A deployment with its `ExecutionRouter`. */
export type RouterDeployment = DeploymentWith<"executionRouter">;

/** A deployment with its `ReputationRegistry`. */
export type ReputationDeployment = DeploymentWith<"reputationRegistry">;

/** A deployment with its `ValidationRegistry`. */
export type ValidationDeployment = DeploymentWith<"validationRegistry">;

/** A deployment with its `NodeBonds`. */
export type BondsDeployment = DeploymentWith<"nodeBonds">;
