/** A map that remembers what it held before, and never changes a value in place. */
export interface UndoTable<Key, Value> {
  get(key: Key): Value | undefined;
  set(key: Key, value: Value): void;
  delete(key: Key): void;
  values(): IterableIterator<Value>;
  entries(): IterableIterator<[Key, Value]>;
  readonly size: number;
}

/** What takes one change back. */
type Undo = () => void;

/** Tables that are rolled back together. */
export interface UndoTables {
  /** @param onChange Told the key of each change, also of those that are taken back. */
  table<Key, Value>(onChange?: (key: Key) => void): UndoTable<Key, Value>;
  /** Hands over what takes back all changes since the last call; the newest change is taken back first. */
  takeUndo(): Undo;
}

export function createUndoTables(): UndoTables {
  let undos: Undo[] = [];

  return {
    table<Key, Value>(onChange: (key: Key) => void = () => undefined): UndoTable<Key, Value> {
      const values = new Map<Key, Value>();

      function put(key: Key, value: Value | undefined): void {
        if (value === undefined) values.delete(key);
        else values.set(key, value);
        onChange(key);
      }

      function change(key: Key, value: Value | undefined): void {
        const before = values.get(key);
        undos.push(() => put(key, before));
        put(key, value);
      }

      return {
        get: (key) => values.get(key),
        set: change,
        delete: (key) => change(key, undefined),
        values: () => values.values(),
        entries: () => values.entries(),
        get size() {
          return values.size;
        },
      };
    },
    takeUndo() {
      const taken = undos.reverse();
      undos = [];
      return () => {
        for (const undo of taken) undo();
      };
    },
  };
}
