import { didYouMean } from "../errors/didYouMean.ts";
import { NATIVE_CURRENCY } from "./limits.ts";
import type { KeyPath, RawMistake } from "./mistake.ts";

/**
 * What a file says wrong of names that refer to one another. It looks at whatever is there, also where the shape is
 * wrong elsewhere, so that all mistakes are told at once; what has the wrong shape itself is told there.
 */
export function referenceMistakes(file: unknown): RawMistake[] {
  const models = entriesOf(fieldOf(file, "models"));
  const agents = listOf(fieldOf(file, "agents"));
  const tasks = listOf(fieldOf(file, "tasks"));
  return [
    ...repeatedInputs(listOf(fieldOf(file, "inputs"))),
    ...models.flatMap(([name, model]) => modelMistakes(["models", name], model)),
    ...currencyMistakes(models, agents, tasks),
    ...repeated("agents", agents, "name"),
    ...repeated("agents", agents, "id"),
    ...agents.flatMap((agent, index) => agentMistakes(["agents", index], agent, models)),
    ...repeated("tasks", tasks, "name"),
    ...tasks.flatMap((task, index) => taskMistakes(index, tasks, agents, task)),
  ];
}

function modelMistakes(path: KeyPath, model: unknown): RawMistake[] {
  const keys = Object.keys(recordOf(model) ?? {});
  const terms = keys.filter((key) => ["price", "nodeShareBps", "open", "currency"].includes(key));
  if (keys.includes("id")) {
    return terms.map((key) => ({
      path: [...path, key],
      message:
        "a model that is registered has its own terms: leave this out; another model, to be registered, gets a name of its own here, and no `id`",
      atKey: true,
    }));
  }
  const missing = ["price", "nodeShareBps"].filter((key) => !keys.includes(key));
  if (recordOf(model) === undefined) return [];
  if (missing.length === 0) return unitMistakes(path, model);
  return [
    {
      path,
      message: `needs an \`id\`, or ${missing.map((key) => `\`${key}\``).join(" and ")} to be registered`,
    },
  ];
}

/** A price in the unit of another currency than the model's own. */
function unitMistakes(path: KeyPath, model: unknown): RawMistake[] {
  const price = fieldOf(model, "price");
  const unit = typeof price === "string" ? /(gwei|wei|ether|token)$/.exec(price)?.[1] : undefined;
  const at = [...path, "price"];
  if (currencyOf(model) === NATIVE_CURRENCY) {
    const message = "is in a token: say beside it which, as `currency`, by its address";
    return unit === "token" ? [{ path: at, message }] : [];
  }
  // Wei is the smallest unit of any currency.
  if (unit !== "gwei" && unit !== "ether") return [];
  const message = `is in ${unit}, and the model's \`currency\` is a token: write "0.5 token", or wei, its smallest unit`;
  return [{ path: at, message }];
}

/** Models of the file's own that tasks of one version are answered by, in more than one currency. */
function currencyMistakes(
  models: readonly [string, unknown][],
  agents: readonly unknown[],
  tasks: readonly unknown[],
): RawMistake[] {
  const used = tasks.flatMap((task) => {
    const agent = agents.find((one) => fieldOf(one, "name") === fieldOf(task, "agent"));
    const found = models.find(([name]) => name === fieldOf(agent, "model"));
    // What a registered model is paid in, the chain says.
    return found === undefined || recordOf(found[1]) === undefined || fieldOf(found[1], "id") !== undefined
      ? []
      : [found];
  });
  const [first] = used;
  if (first === undefined) return [];
  const currency = currencyOf(first[1]);
  const others = new Map(used.filter(([, model]) => currencyOf(model) !== currency));
  return [...others].map(([name, model]) => {
    const hasOwn = fieldOf(model, "currency") !== undefined;
    return {
      path: ["models", name, ...(hasOwn ? ["currency"] : [])],
      message: `tasks on this model would be paid in ${textOf(currencyOf(model))}, and on "${first[0]}" in ${textOf(currency)}: a version has one currency`,
    };
  });
}

/** In one spelling, so that the same token is the same. */
function currencyOf(model: unknown): string {
  const currency = fieldOf(model, "currency");
  return typeof currency === "string" ? currency.toLowerCase() : NATIVE_CURRENCY;
}

function textOf(currency: string): string {
  return currency === NATIVE_CURRENCY ? "the chain's own currency" : currency;
}

function agentMistakes(path: KeyPath, agent: unknown, models: readonly [string, unknown][]): RawMistake[] {
  if (recordOf(agent) === undefined) return [];
  const model = fieldOf(agent, "model");
  if (model === undefined && fieldOf(agent, "id") === undefined) {
    return [{ path, message: "needs a `model` to be registered on, or the `id` of a registered agent" }];
  }
  if (typeof model !== "string") return [];
  return unknownName(
    [...path, "model"],
    "model",
    model,
    models.map(([name]) => name),
  );
}

function taskMistakes(
  index: number,
  tasks: readonly unknown[],
  agents: readonly unknown[],
  task: unknown,
): RawMistake[] {
  const mistakes: RawMistake[] = [];
  const agent = fieldOf(task, "agent");
  if (typeof agent === "string") {
    mistakes.push(...unknownName(["tasks", index, "agent"], "agent", agent, namesOf(agents)));
  }
  if (fieldOf(task, "toolArguments") !== undefined && fieldOf(task, "tool") === undefined) {
    const message = "needs a `tool` that is to be called with it";
    mistakes.push({ path: ["tasks", index, "toolArguments"], message, atKey: true });
  }
  const seen = new Set<unknown>();
  listOf(fieldOf(task, "dependsOn")).forEach((name, place) => {
    const path = ["tasks", index, "dependsOn", place];
    if (typeof name !== "string") return;
    if (seen.has(name)) mistakes.push({ path, message: `names "${name}" twice` });
    seen.add(name);
    mistakes.push(...dependencyMistakes(path, name, index, tasks));
  });
  return mistakes;
}

function dependencyMistakes(
  path: KeyPath,
  name: string,
  index: number,
  tasks: readonly unknown[],
): RawMistake[] {
  const found = tasks.findIndex((task) => fieldOf(task, "name") === name);
  if (found === -1) return unknownName(path, "task", name, namesOf(tasks.slice(0, index)));
  if (found < index) return [];
  const why = found === index ? "itself" : `"${name}", which comes later`;
  return [{ path, message: `depends on ${why}; a task depends on earlier tasks only` }];
}

function unknownName(path: KeyPath, kind: string, name: string, known: readonly string[]): RawMistake[] {
  if (known.includes(name)) return [];
  const meant = didYouMean(name, known);
  const others = known.length === 0 ? "" : `; there is ${known.map((other) => `"${other}"`).join(", ")}`;
  return [
    {
      path,
      message: `no ${kind} has the name "${name}"${meant === undefined ? others : `; did you mean "${meant}"?`}`,
    },
  ];
}

/** Entries of a list that say what an earlier one says. */
function repeated(list: string, entries: readonly unknown[], field: string): RawMistake[] {
  return entries.flatMap((entry, index) => {
    const value = fieldOf(entry, field);
    const first = entries.findIndex((other) => fieldOf(other, field) === value);
    if (value === undefined || first === index) return [];
    return [
      {
        path: [list, index, field],
        message: `${list}[${first}] has the same ${field}, ${JSON.stringify(value)}`,
      },
    ];
  });
}

function repeatedInputs(names: readonly unknown[]): RawMistake[] {
  return names.flatMap((name, index) => {
    const first = names.indexOf(name);
    if (first === index) return [];
    return [
      { path: ["inputs", index], message: `inputs[${first}] has the same name, ${JSON.stringify(name)}` },
    ];
  });
}

function namesOf(entries: readonly unknown[]): string[] {
  return entries.map((entry) => fieldOf(entry, "name")).filter((name) => typeof name === "string");
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  return isRecord ? (value as Record<string, unknown>) : undefined;
}

function fieldOf(value: unknown, key: string): unknown {
  return recordOf(value)?.[key];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function entriesOf(value: unknown): [string, unknown][] {
  return Object.entries(recordOf(value) ?? {});
}
