import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { truthKey } from '../../../benchmarks/ysb/input.ts'
import { readAds, readTruth } from '../../../benchmarks/ysb/truth.ts'

let dir = ''
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'omnify-truth-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

async function file(text: string): Promise<string> {
  const path = join(dir, 'file.json')
  await writeFile(path, text)
  return path
}

const ADS = [
  ['a1', 'c-1'],
  ['a2', 'c-2'],
  ['a3', 'c-1'],
]

test.each([
  ['an object', JSON.stringify(Object.fromEntries(ADS))],
  ['an object of lists', JSON.stringify({ 'c-1': ['a1', 'a3'], 'c-2': ['a2'] })],
  ['pairs', JSON.stringify(ADS)],
  ['rows', JSON.stringify(ADS.map(([ad_id, campaign_id]) => ({ ad_id, campaign_id })))],
  ['lines', ADS.map(([ad, campaign]) => `${JSON.stringify({ campaign, ad })}\n`).join('')],
  ['an object within another', JSON.stringify({ count: 3, ads: Object.fromEntries(ADS) })],
])('ads are read from %s', async (_, text) => {
  expect([...(await readAds(await file(text)))].sort()).toEqual(ADS)
})

const START = 1_767_225_600_000
const COUNTS = [
  ['c-1', START, 5],
  ['c-1', START + 10_000, 6],
  ['c-2', START + 30_000, 7],
] as const

test.each([
  ['rows', JSON.stringify(COUNTS)],
  [
    'objects',
    JSON.stringify(COUNTS.map(([campaign_id, window_start, views]) => ({ window_start, campaign_id, views }))),
  ],
  ['lines', COUNTS.map(([campaign, window, count]) => JSON.stringify({ campaign, window, count })).join('\n')],
  [
    'objects by campaign',
    JSON.stringify({ 'c-1': { [START]: 5, [START + 10_000]: 6 }, 'c-2': { [START + 30_000]: 7 } }),
  ],
  ['objects by window', JSON.stringify({ windows: Object.fromEntries(COUNTS.map(([c, at, n]) => [at, { [c]: n }])) })],
  ['one object', JSON.stringify(Object.fromEntries(COUNTS.map(([c, at, n]) => [`${c}|${at}`, n])))],
  ['windows before campaigns', JSON.stringify(Object.fromEntries(COUNTS.map(([c, at, n]) => [`${at}:${c}`, n])))],
  ['seconds', JSON.stringify(COUNTS.map(([c, at, n]) => [c, at / 1_000, n]))],
  ['numbers of windows', JSON.stringify(COUNTS.map(([c, at, n]) => [c, String(at / 10_000), n]))],
  ['dates', JSON.stringify(COUNTS.map(([c, at, n]) => [new Date(at).toISOString(), c, n]))],
])('the truth is read from %s', async (_, text) => {
  const truth = await readTruth(await file(text), new Set(['c-1', 'c-2']))
  expect([...truth]).toEqual(COUNTS.map(([campaign, start, count]) => [truthKey(campaign, start), count]))
})

test('what is no truth is refused', async () => {
  await expect(readTruth(await file('{"x|1":2}'), new Set(['c']))).rejects.toThrow('no campaign, window and count')
  await expect(readAds(await file('{}'))).rejects.toThrow('has no ads')
})
