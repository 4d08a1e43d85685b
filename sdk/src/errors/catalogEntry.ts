/** What `pleiad explain` and the documents say of one kind of failure. */
export interface CatalogEntry {
  /** The failure in a few words. */
  readonly title: string;
  /** How it comes about. */
  readonly cause: string;
  /** What the reader can do about it. */
  readonly whatToDo: string;
  /** May the same call succeed later without anybody changing anything? */
  readonly retryable: boolean;
}

/** The same for a custom error of a contract, which also has values. */
export interface ContractErrorEntry extends CatalogEntry {
  /** The failure with its values: `{name}` stands for the argument of that name. */
  readonly message: string;
}

/** Entries by the name of the custom error. */
export type ContractErrorTable = Readonly<Record<string, ContractErrorEntry>>;
