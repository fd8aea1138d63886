import { FORECAST_TABLES } from '../../schemas/forecasts.ts'
import { ALERT_TABLES, FACT_TABLES, failed_events, identities, type Table, watermarks } from '../../schemas/tables.ts'
import { WINDOW_SETS, windowTable } from '../../schemas/windows.ts'
import { code, page, table } from './markdown.ts'

export function tablesPage(): string {
  const sets = table(
    ['Set', 'Window', 'By', 'Kept'],
    WINDOW_SETS.map(({ dimensions, grain, keep_days, name }) => [
      code(name),
      typeof grain === 'string' ? `local ${grain}` : `${grain.ms / 1000} s`,
      dimensions.map(code).join(', '),
      keep_days === undefined ? 'for ever' : `${keep_days} days`,
    ]),
  )
  return page(
    'Tables',
    'The tables that pipelines write. Their SQL is in `schemas/migrations/`; a test holds both against each other by the ' +
      "engine's own DESCRIBE. `''` is unknown in a text column, NULL in a nullable one. Amounts end in `_micros`: " +
      'millionths of `currency`. `_topic`, `_partition`, `_offset`, `_row` name the record on the log that a row comes from.',
    'schemas/tables.ts and schemas/windows.ts',
    [
      `## Facts\n\nAppend-only: every observation is kept. The current one of an identity has the greatest \`occurred_at\`, then the greatest \`_offset\`.`,
      ...FACT_TABLES.map(section),
      `## Windows\n\nAbsolute rows, one per key and source partition: read them with FINAL and add the partitions up. A slice is ` +
        `one level and breakdown of the same delivery: two slices are never added.\n\n${sets}`,
      ...WINDOW_SETS.map((set) => section(windowTable(set))),
      `## Forecasts\n\nAppend-only: read them with FINAL, and of scores the greatest \`revision\`.`,
      ...FORECAST_TABLES.map(section),
      '## Beside them',
      ...[identities, failed_events, watermarks].map(section),
      '## Alerts\n\nEvery revision of every alert is a row: the newest has the greatest `revision` of its `id`.',
      ...ALERT_TABLES.map(section),
    ].join('\n\n'),
  )
}

function section({ columns, name }: Table): string {
  return `### ${code(name)}\n\n${table(
    ['Column', 'Type'],
    columns.map((column) => [code(column.name), code(column.type)]),
  )}`
}
