/** Rows of which a text has what is searched for, whatever its case; all where nothing is. */
export function found<Row>(
  rows: readonly Row[],
  q: string | undefined,
  textsOf: (row: Row) => readonly (string | bigint)[],
): readonly Row[] {
  const wanted = q?.trim().toLowerCase() ?? "";
  if (wanted === "") return rows;
  return rows.filter((row) => textsOf(row).some((text) => String(text).toLowerCase().includes(wanted)));
}

/** A page of rows, the highest id first, with the id that the next page is asked `before`. */
export function pageOf<Row>(
  rows: readonly Row[],
  idOf: (row: Row) => bigint,
  query: { readonly limit: number; readonly before?: string | undefined },
): { readonly rows: readonly Row[]; readonly next: string | null } {
  const before = query.before === undefined ? undefined : BigInt(query.before);
  const sorted = rows
    .filter((row) => before === undefined || idOf(row) < before)
    .sort((a, b) => (idOf(a) < idOf(b) ? 1 : -1));
  const page = sorted.slice(0, query.limit);
  const last = page.at(-1);
  return { rows: page, next: sorted.length > page.length && last !== undefined ? String(idOf(last)) : null };
}
