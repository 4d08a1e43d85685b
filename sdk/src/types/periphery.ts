import type { Address } from "viem";
import type { Deployment } from "./deployment.ts";

/** A deployment with its `ReputationRegistry`. */
export type ReputationDeployment = Deployment & { readonly reputationRegistry: Address };

/** A deployment with its `ValidationRegistry`. */
export type ValidationDeployment = Deployment & { readonly validationRegistry: Address };

/** A deployment with its `NodeBonds`. */
export type BondsDeployment = Deployment & { readonly nodeBonds: Address };
