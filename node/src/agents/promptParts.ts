/** Who answers. */
export interface PromptPersona {
  readonly name: string;
  readonly role: string;
  readonly goal: string;
  readonly backstory: string;
}

/** What is to be done. */
export interface PromptTask {
  readonly name: string;
  readonly prompt: string;
  /** Name of the tool that the task uses, if any. */
  readonly tool?: string;
  /** What the tool is to be called with, if anything. */
  readonly toolArguments?: string;
}

/** The output of a task that this one depends on. */
export interface PromptDependency {
  /** Name of that task; must match `TASK_NAME_PATTERN`. */
  readonly task: string;
  /** Name of the agent that did it. */
  readonly agent: string;
  readonly output: string;
}

/** What the requester gave for a variable that the version names. */
export interface PromptInput {
  /** `[A-Za-z0-9_-]{1,32}`, as the contract checked. */
  readonly name: string;
  readonly text: string;
}

/** A message of the thread, or a memory: who said or noted it, and what. */
export interface PromptMessage {
  readonly author: string;
  readonly text: string;
}

/** What a prompt is built from. Every text must be well-formed Unicode, as text decoded from UTF-8 is. */
export interface PromptParts {
  readonly persona: PromptPersona;
  readonly task: PromptTask;
  /** The execution's input, from `decodeInput`. */
  readonly request: string;
  /** Where the version names variables, what was given for each, in place of `request`. @default none */
  readonly inputs?: readonly PromptInput[];
  /** In the order of the tasks. */
  readonly dependencies: readonly PromptDependency[];
  /** How the members of the cluster agreed to work. @default none */
  readonly rules?: string | undefined;
  /** What is remembered of the requester, the most fitting first; of more than `MEMORIES_MAX` the first are used. @default none */
  readonly memories?: readonly PromptMessage[];
  /** Oldest first; of more than five the last five are used. */
  readonly thread: readonly PromptMessage[];
}
