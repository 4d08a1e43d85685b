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
  /** Hands over what takes back all changes since the last call: each key gets the value that it had then. */
  takeUndo(): Undo;
}

export function createUndoTables(): UndoTables {
  const takers: (() => Undo | undefined)[] = [];

  return {
    table<Key, Value>(onChange: (key: Key) => void = () => undefined): UndoTable<Key, Value> {
      const values = new Map<Key, Value>();
      /** What the keys that have changed held before. One entry for each, however often it changes. */
      let before = new Map<Key, Value | undefined>();

      function put(key: Key, value: Value | undefined): void {
        if (value === undefined) values.delete(key);
        else values.set(key, value);
        onChange(key);
      }

      function change(key: Key, value: Value | undefined): void {
        if (!before.has(key)) before.set(key, values.get(key));
        put(key, value);
      }

      takers.push(() => {
        if (before.size === 0) return undefined;
        const taken = before;
        before = new Map();
        return () => {
          for (const [key, value] of taken) put(key, value);
        };
      });

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
      const undos = takers.map((take) => take()).filter((undo) => undo !== undefined);
      return () => {
        for (const undo of undos) undo();
      };
    },
  };
}
