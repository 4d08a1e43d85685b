/** As much of a compiler's ABI item as is looked at here. */
export interface AbiItem {
  readonly type: string;
  readonly name?: string;
  readonly inputs?: readonly {
    readonly name: string;
    readonly type: string;
    readonly internalType?: string;
  }[];
}
