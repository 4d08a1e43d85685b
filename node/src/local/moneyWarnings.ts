import type { ReadyWarning } from "../api/server.ts";
import type { Money } from "./moneyWatch.ts";

/** What somebody should know of an account that cannot pay: the node goes on, and others may settle its answers. */
export function warningsOf(money: Money | undefined): readonly ReadyWarning[] {
  if (money === undefined || money.balanceWei > 0n) return [];
  const message = `the account ${money.account}, which pays the gas, has 0 ether: it sends nothing until somebody funds it`;
  return [{ code: "ACCOUNT_EMPTY", message }];
}
