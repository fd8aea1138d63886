import { named, text } from '../../sql/views/view-sql.ts'
import { DATABASE } from '../names.ts'
import type { ViewFacts } from './table.ts'

/** What `SHOW CREATE TABLE` says of a view: its columns, and not how it is made. */
export function createText({ columns, name, summary }: ViewFacts): string {
  const lines = columns.map(({ about, name: column, type }) => `    ${named(column)} ${type} COMMENT ${text(about)}`)
  return `CREATE VIEW ${DATABASE}.${name}\n(\n${lines.join(',\n')}\n)\nCOMMENT ${text(summary)}`
}
