import type { z } from "zod";
import { APPROVAL_RULES_MAX, approvalRulesSchema } from "../approvals.ts";
import { field, section } from "../fields.ts";
import { whole, wholeText } from "../schemas.ts";
import { amountSchema, currencySchema } from "../service.ts";

/** A person is at lunch; longer, and an agent holds its place for nothing. Milliseconds. */
const APPROVAL_WAIT_MS_DEFAULT = 600_000;
/** The longest run. Milliseconds. */
const APPROVAL_WAIT_MS_MAX = 86_400_000;

const budget = (whose: string) =>
  field<z.output<typeof amountSchema> | null>({
    meaning: `What ${whose} may cost, in \`budgets.currency\`. 0: nothing is run.`,
    expected: 'an amount in quotes, as "12.50"',
    schema: amountSchema.nullable(),
    default: null,
    defaultText: "none: as much as it takes",
  });

/** What agents may spend, and what they may do unasked. */
export const AGENT_KEYS = {
  budgets: section(
    "What agents may spend, by the prices of their services and what providers say. A run that is over a budget is not begun, or is stopped after the turn that passed it (`BUDGET_USED_UP`). " +
      "With any budget each service that runs wants `prices`.",
    {
      currency: field({
        meaning:
          "Currency of the budgets. Prices of services in another one do not count for them, so such services are not run.",
        expected: "three capital letters",
        schema: currencySchema,
        default: "USD",
      }),
      run: budget("one run"),
      agent: budget("one agent, ever,"),
      cluster: budget("all of a cluster's work on this node, ever,"),
      user: budget("all work for one user on this node, ever,"),
      day: budget("everything together in a day (UTC)"),
    },
  ),
  approvals: section("What agents that ask for leave are told.", {
    rules: field({
      meaning:
        "Rules, the first that fits counts: `tool` (its name; `*` for any characters), `pattern` (of the tool's input, likewise), `answer` (`allowOnce`, `rejectOnce`, or `ask` a person), and with `ask` " +
        "`forMs`, how long a person's “always” counts. What no rule fits a person is asked (`pleiad workspace approvals`).",
      expected: `a list of at most ${APPROVAL_RULES_MAX} rules`,
      schema: approvalRulesSchema,
      default: [],
      defaultText: "none: a person is asked",
    }),
    waitMs: field({
      meaning:
        "How long a person has for an answer, in milliseconds; then the agent is told that there is none.",
      expected: wholeText(1_000, APPROVAL_WAIT_MS_MAX),
      schema: whole(1_000, APPROVAL_WAIT_MS_MAX),
      default: APPROVAL_WAIT_MS_DEFAULT,
    }),
  }),
};
