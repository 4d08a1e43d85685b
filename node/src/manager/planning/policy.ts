import { formatEther, isAddressEqual, zeroAddress } from "viem";
import { managerError } from "../errors.ts";
import type { PlannedStep, Step } from "../plans.ts";
import type { ManagerPolicy } from "../settings.ts";

/** What may be done unasked, what never, and for how much money. Amounts in the chain's own currency, in which gas is paid. */

/** What steps cost at most together. What is paid in tokens counts apart: nothing says what it is worth. */
export function costOf(steps: readonly Pick<PlannedStep, "cost">[]): {
  readonly wei: bigint;
  readonly isInTokens: boolean;
} {
  let wei = 0n;
  let isInTokens = false;
  for (const { cost } of steps) {
    const isOwn = isAddressEqual(cost.currency, zeroAddress);
    wei += cost.gasWei + (isOwn ? cost.feesWei : 0n);
    if (!isOwn && cost.feesWei > 0n) isInTokens = true;
  }
  return { wei, isInTokens };
}

/** @throws PleiadError POLICY_FORBIDS where one of the steps is never done */
export function checkForbidden(steps: readonly Step[], policy: ManagerPolicy): void {
  const step = steps.find(({ act }) => policy.forbidden.includes(act));
  if (step === undefined) return;
  throw managerError("POLICY_FORBIDS", `the manager's policy forbids "${step.act}", whoever asks`, {
    hint: `Do it by hand, or take "${step.act}" out of policy.forbidden of the manager's file, which is read anew within seconds`,
    details: { act: step.act },
  });
}

/**
 * @param spentWei What plans of this day cost so far, and may still cost by what was said yes to.
 * @throws PleiadError BUDGET_EXCEEDED where the plan would cost more than what is left of the day
 */
export function checkDay(steps: readonly PlannedStep[], policy: ManagerPolicy, spentWei: bigint): void {
  const { wei } = costOf(steps);
  if (wei === 0n || spentWei + wei <= policy.dayWeiMax) return;
  const left = policy.dayWeiMax > spentWei ? policy.dayWeiMax - spentWei : 0n;
  const isNever = wei > policy.dayWeiMax;
  throw managerError(
    "BUDGET_EXCEEDED",
    `it costs up to ${amount(wei)}, and ${amount(left)} of the day's ${amount(policy.dayWeiMax)} are left`,
    {
      hint: isNever
        ? "Raise policy.day_wei_max of the manager's file, which is read anew within seconds, or ask for less"
        : "Apply it tomorrow, or raise policy.day_wei_max of the manager's file, which is read anew within seconds",
      details: { costWei: wei, leftWei: left, dayWeiMax: policy.dayWeiMax },
    },
  );
}

/** @returns why somebody has to say yes; undefined where it may go by itself */
export function consentFor(
  steps: readonly PlannedStep[],
  policy: ManagerPolicy,
  spentWei: bigint,
): string | undefined {
  const asked = [...new Set(steps.map(({ step }) => step.act))].filter(
    (act) => !policy.unasked.includes(act),
  );
  if (asked.length > 0) {
    const acts = asked.map((act) => `"${act}"`).join(", ");
    return `The policy does not let ${acts} go without a person's yes.`;
  }
  const { wei, isInTokens } = costOf(steps);
  if (isInTokens) return "It pays fees in a token, and the policy counts the chain's own currency alone.";
  if (wei > policy.planWeiMax) {
    return `It costs up to ${amount(wei)}, and a plan goes unasked up to ${amount(policy.planWeiMax)}.`;
  }
  if (wei > 0n && spentWei + wei > policy.dayWeiMax) {
    return `It costs up to ${amount(wei)}, and of the day's ${amount(policy.dayWeiMax)} there are ${amount(spentWei)} spent or promised.`;
  }
  return undefined;
}

export function amount(wei: bigint): string {
  return `${formatEther(wei)} ether`;
}
