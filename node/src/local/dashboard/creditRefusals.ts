import { PleiadError } from "@pleiad/sdk/errors";
import type { CreditOf } from "@pleiad/sdk/types/credit";

/** Why a credit is not withdrawn now. */

export function foreignCredit(): PleiadError {
  return new PleiadError("that credit is neither the daemon's account's nor the node's owner's", {
    code: "CREDIT_NOT_YOURS",
    hint: "see which there are: pleiad credit list",
  });
}

export function emptyCredit(): PleiadError {
  return new PleiadError("there is nothing on that credit", {
    code: "CREDIT_EMPTY",
    hint: "somebody may have withdrawn it in the meantime",
  });
}

export function starting(): PleiadError {
  return new PleiadError("the node is starting", {
    code: "API_STARTING",
    retryable: true,
    hint: "ask again once GET /ready answers 200",
  });
}

export function underWay(): PleiadError {
  return new PleiadError("this withdrawal is on its way already", {
    code: "SUBMISSION_NOT_YET",
    retryable: true,
    hint: "wait until it is mined",
  });
}

export function notDaemons({ kind }: CreditOf): PleiadError {
  return new PleiadError("the daemon's account may not withdraw that", {
    code: "CREDIT_NOT_YOURS",
    hint: `its owner does, with their own key: pleiad credit withdraw ${kind.toLowerCase()}`,
  });
}
