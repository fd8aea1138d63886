import { metricsTable } from '../../schemas/metrics.ts'
import { RESTATEMENT_DAYS_DEFAULT, RESTATEMENTS } from '../../schemas/platforms.ts'
import { code, page, table } from './markdown.ts'

export function metricsPage(): string {
  const restated = table(
    ['Source', 'Days', 'Why'],
    [
      ...RESTATEMENTS.map(({ days, platform, source }) => [code(platform), String(days), source]),
      ['any other', String(RESTATEMENT_DAYS_DEFAULT), 'as long as the longest known'],
    ],
  )
  return page(
    'Metrics',
    'What `/v1/metrics` answers. Money is kept in integer micros of its own currency and comes as decimal text; a ratio ' +
      'is taken from its two sums and never stored; unknown is null. What a platform claims is never added to what the ' +
      'shop says.',
    'schemas/metrics.ts and schemas/platforms.ts',
    `${metricsTable().trimEnd()}\n\n## Finality\n\nA day is \`open\` until every source has been read past its end, ` +
      `\`settling\` for as many days more as its sources restate, then \`final\`.\n\n${restated}`,
  )
}
