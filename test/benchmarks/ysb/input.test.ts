import { expect, test } from 'vitest'
import { adsTable, truthKey, YSB, YsbInput } from '../../../benchmarks/ysb/input.ts'
import { PacedEvents } from '../../../benchmarks/ysb/paced-events.ts'
import type { AppendRecord } from '../../../pipelines/log/port.ts'

type Event = { ad_id: string; event_type: string; event_time: string }

/** Views by campaign and window, from the events themselves. */
function counted(events: readonly Event[]): Map<string, number> {
  const ads = adsTable()
  const truth = new Map<string, number>()
  for (const { ad_id, event_time, event_type } of events) {
    if (event_type !== 'view') continue
    const key = truthKey(ads.get(ad_id)!, Math.floor(Number(event_time) / YSB.window_ms) * YSB.window_ms)
    truth.set(key, (truth.get(key) ?? 0) + 1)
  }
  return truth
}

test('the input is what it says: 240 bytes, a third views, one in a hundred late, the same every time', () => {
  const [input, again] = [new YsbInput(), new YsbInput()]
  const texts = Array.from({ length: 60_000 }, (_, n) => input.event(n).json)
  expect(texts.every((text, n) => n % 1_000 > 0 || text === again.event(n).json)).toBe(true)
  expect(texts.reduce((sum, text) => sum + text.length, 0) / texts.length).toBeCloseTo(240, 0)
  const events = texts.map((text) => JSON.parse(text) as Event)
  expect(new Set(events.map(({ ad_id }) => ad_id)).size).toBe(YSB.ads)
  expect(new Set(adsTable().values()).size).toBe(YSB.campaigns)
  const share = (of: (event: Event, n: number) => boolean) => events.filter(of).length / events.length
  expect(share(({ event_type }) => event_type === 'view')).toBeCloseTo(1 / 3, 2)
  const delay_ms = (event: Event, n: number) => YSB.start_ms + Math.floor(n / 10) - Number(event.event_time)
  expect(share((event, n) => delay_ms(event, n) > 0)).toBeCloseTo(0.01, 2)
  expect(Math.max(...events.map(delay_ms))).toBeLessThanOrEqual(YSB.late_ms_max)
  expect(input.truth).toEqual(counted(events))
})

test('paced events are events of now, each in the partition of its ad, and counted', () => {
  const paced = new PacedEvents(4)
  const records: AppendRecord[][] = [[], [], [], []]
  const now_ms = Date.UTC(2026, 6, 1, 12)
  for (let n = 0; n < 25_000; n++) paced.put(n, now_ms + n, records)
  const events = records.flat().map(({ value }) => JSON.parse(String(value)) as Event)
  expect(events).toHaveLength(25_000)
  expect(new Set(events.map(({ event_time }) => event_time)).size).toBe(25_000)
  expect(paced.truth).toEqual(counted(events))
  const ads = records.map((part) => new Set(part.map(({ key }) => String(key))))
  expect(ads.reduce((sum, { size }) => sum + size, 0)).toBe(new Set(events.map(({ ad_id }) => ad_id)).size)
})
