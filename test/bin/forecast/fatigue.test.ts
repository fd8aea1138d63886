import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CommandContext } from '../../../bin/command.ts'
import { run } from '../../../bin/commands/forecast.ts'
import { describeError } from '../../../bin/describe-error.ts'
import { readCreativeDays, readCreativeFates } from '../../../bin/forecast/read-creatives.ts'
import type { CreativeDay } from '../../../models/fatigue/day.ts'
import { simulate } from '../../models/fatigue/support/simulate.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'omnify-fatigue-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const COLUMNS = [
  'account',
  'creative',
  'day',
  'age',
  'impressions',
  'reach_cum',
  'clicks',
  'conversions',
  'hook_views',
  'spend',
] as const

function dailyOf(days: readonly CreativeDay[]): string {
  const lines = days.map((day) => COLUMNS.map((name) => String(day[name] ?? -1)).join(','))
  return [COLUMNS.join(','), ...lines, ''].join('\n')
}

const training = simulate(1)
const truth = [
  'account,creative,launch_day,end_day,delta,onset_age_2x,onset_age_1p5x',
  ...training.fates.map((fate) => {
    const { account, creative, end_day, launch_day, onset_age_1p5x, onset_age_2x } = fate
    return [account, creative, launch_day, end_day, 0.3, onset_age_2x ?? -1, onset_age_1p5x ?? -1].join(',')
  }),
].join('\n')
const scored = simulate(4, 1, 4).days

function fileOf(name: string, content: string): string {
  const file = join(folder, name)
  writeFileSync(file, name.endsWith('.gz') ? gzipSync(content) : content)
  return file
}

async function forecast(train: string, score: string): Promise<string> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const { signal } = new AbortController()
  const context = { args: ['fatigue'], flags: { train, score }, stdout, stderr, signal }
  expect(await run(context as unknown as CommandContext)).toBe(0)
  return String(stdout.read())
}

test('a line for every line of the input, in its order, from plain files as from gzip', async () => {
  const train = `${fileOf('daily.csv.gz', dailyOf(training.days))},${fileOf('truth.csv', truth)}`
  const answer = await forecast(train, fileOf('score.csv', dailyOf(scored)))
  const [header, ...lines] = answer.trimEnd().split('\n')
  expect(header).toBe('account,creative,day,p7,p14,alert')
  expect(lines.map((line) => line.split(',').slice(0, 3))).toEqual(
    scored.map(({ account, creative, day }) => [account, creative, String(day)]),
  )
  const numbers = lines.map((line) => line.split(',').slice(3).map(Number) as [number, number, number])
  for (const [p7, p14, alert] of numbers) {
    expect(p7).toBeGreaterThanOrEqual(0)
    expect(p14).toBeGreaterThanOrEqual(p7)
    expect(p14).toBeLessThanOrEqual(1)
    expect([0, 1]).toContain(alert)
  }
  expect(new Set(numbers.map(([, , alert]) => alert))).toEqual(new Set([0, 1]))

  const plain = `${fileOf('daily.csv', dailyOf(training.days))},${fileOf('truth.csv.gz', truth)}`
  expect(await forecast(plain, fileOf('score.csv.gz', dailyOf(scored)))).toBe(answer)
})

test.each(['', 'one.csv', 'a.csv,b.csv,c.csv'])('--train "%s" is wrong use', async (train) => {
  await expect(forecast(train, 'x')).rejects.toThrow('--train')
})

test('columns stand in any order; what is empty is unknown, and no reach or hook views; dates are days', async () => {
  const header = 'creative,day,impressions,account,clicks,conversions,spend,reach_cum,hook_views'
  const file = fileOf('few.csv', `${header}\n"a,b",2026-01-31,100,x,,,,,-1\nc,5,,x,7,1.5,2,-1,3\n`)
  expect(await readCreativeDays(file)).toEqual([
    {
      account: 'x',
      creative: 'a,b',
      day: 20_484,
      written_day: '2026-01-31',
      age: 0,
      impressions: 100,
      clicks: null,
      conversions: null,
      spend: null,
      reach_cum: null,
      hook_views: null,
    },
    {
      account: 'x',
      creative: 'c',
      day: 5,
      written_day: '5',
      age: 0,
      impressions: 0,
      clicks: 7,
      conversions: 1.5,
      spend: 2,
      reach_cum: null,
      hook_views: 3,
    },
  ])
})

const NEEDED = 'account,creative,day,impressions,clicks,conversions,spend'

test.each([
  ['', 'bad.csv is empty'],
  ['account,creative,day,clicks,conversions\n', 'the header of .*bad.csv has no impressions, spend'],
  [`${NEEDED}\na,b,x,1,1,1,1\n`, 'line 2 of .*: "x" is no day'],
  [`${NEEDED}\na,b,1,1,1,1,1\na,b,2,many,1,1,1\n`, 'line 3 of .*: "many" is no number for impressions'],
  [`${NEEDED}\na,b,1,0x10,1,1,1\n`, 'line 2 of .*: "0x10" is no number for impressions'],
  [`${NEEDED}\n,b,1,1,1,1,1\n`, 'line 2 of .*: account is needed'],
  [`${NEEDED}\na,b,1,1,-1,1,1\n`, 'line 2 of .*: clicks is -1, below zero'],
  [`${NEEDED},hook_views\na,b,1,1,1,1,1,-2\n`, 'line 2 of .*: hook_views is -2, below zero'],
  [`${NEEDED}\na,b,1,1,1\n`, 'line 2 of .* has 5 columns, its header 7'],
  [`${NEEDED}\na,b,1,1,1,1,1\na,c,1,1,1,1,1\na,b,1,2,1,1,1\n`, 'line 4 of .* repeats .* of line 2'],
  [`${NEEDED}\na,b,1970-01-02,1,1,1,1\na,b,1,2,1,1,1\n`, 'line 3 of .* repeats .* of line 2'],
])('%j is refused by its line', async (content, reason) => {
  await expect(readCreativeDays(fileOf('bad.csv', content))).rejects.toThrow(new RegExp(reason))
})

test('columns that a file does without are told', async () => {
  const lacking: (readonly string[])[] = []
  const file = fileOf('lacking.csv', `${NEEDED},age\na,b,1,1,1,1,1,0\n`)
  await readCreativeDays(file, (columns) => lacking.push(columns))
  expect(lacking).toEqual([['reach_cum', 'hook_views']])
})

test('too little to learn from is one sentence, not our mistake', async () => {
  const few = fileOf('few-days.csv', dailyOf(training.days.slice(0, 20)))
  const error = await forecast(`${few},${fileOf('truth.csv', truth)}`, few).catch((reason: unknown) => reason)
  expect(describeError(error)).toEqual([
    expect.stringMatching(/^nothing can be learnt from .*few-days.csv: training needs 4 accounts and 20 onsets/),
  ])
})

test('fates need their days', async () => {
  const header = 'account,creative,launch_day,end_day,onset_age_2x,onset_age_1p5x'
  expect(await readCreativeFates(fileOf('fates.csv', `${header}\na,b,0,9,-1,5\n`))).toEqual([
    { account: 'a', creative: 'b', launch_day: 0, end_day: 9, onset_age_2x: null, onset_age_1p5x: 5 },
  ])
  await expect(readCreativeFates(fileOf('fates.csv', `${header}\na,b,,9,-1,5\n`))).rejects.toThrow(
    'launch_day is needed',
  )
  await expect(readCreativeFates(fileOf('fates.csv', `${header}\na,b,0,9,-1,5\na,b,0,9,3,2\n`))).rejects.toThrow(
    /line 3 of .* repeats the account and creative of line 2/,
  )
  await expect(readCreativeFates(fileOf('fates.csv', `${header}\na,b,0,9,-2,5\n`))).rejects.toThrow('below zero')
})
