import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { finished } from 'node:stream/promises'
import type { Log } from '../../pipelines/log/port.ts'
import type { Bench } from '../benchmark.ts'
import type { Keyed } from '../streams/fill.ts'
import type { LogPlace } from '../streams/job.ts'
import { type Filled, fillPlace, withLog } from '../streams/place.ts'
import { adsTable, type Truth, truthKey, YSB, YsbInput } from './input.ts'
import { readAds, readTruth } from './truth.ts'

/** Where the events come from: our own generator, a file of one event a line, or a topic that is there. */
export type Source =
  | { readonly kind: 'own'; readonly events: number }
  | { readonly kind: 'file'; readonly file: string; readonly ads: string; readonly truth: string | undefined }
  | { readonly kind: 'topic'; readonly topic: string; readonly ads: string; readonly truth: string }

/** Events on a log, and what must come out. */
export type Input = Filled & { readonly ads: ReadonlyMap<string, string>; readonly truth: Truth }

/** Puts a source on a log, or finds out what is there. */
export async function prepareInput(bench: Bench, place: LogPlace, source: Source): Promise<Input> {
  if (source.kind === 'topic') {
    const { topic } = source
    const ads = await readAds(source.ads)
    const truth = await readTruth(source.truth, new Set(ads.values()))
    const { ends, events } = await withLog(place, async (log) => {
      const bounds = await log.bounds(topic)
      const behind = await Promise.all(bounds.map((bound, partition) => behindLast(log, topic, partition, bound)))
      return { ends: behind, events: bounds.reduce((sum, { start }, n) => sum + Math.max(0, behind[n]! - start), 0) }
    })
    return { place, topic, ends, events, ads, truth }
  }
  const { ads, events, truth } = await eventsOf(source)
  const filled = await fillPlace(bench, place, events)
  return { ...filled, ads, truth: await truth() }
}

/**
 * The offset behind the last record that can be read: the last places of a partition may be markers of transactions,
 * which nobody ever sees and commits.
 */
async function behindLast(log: Log, topic: string, partition: number, { end, start }: Bounds): Promise<number> {
  for (let back = 1; end > start; back *= 10) {
    const from = Math.max(start, end - back)
    const records = await log.read(topic, partition, from, { records_max: back, bytes_max: 64e6, wait_ms: 0 })
    if (records.length > 0) return records.at(-1)!.offset + 1
    if (from === start) break
  }
  return 0
}

type Bounds = { readonly start: number; readonly end: number }

type Events = {
  readonly events: Iterable<Keyed> | AsyncIterable<Keyed>
  readonly ads: ReadonlyMap<string, string>
  /** To be asked when all events were read. */
  readonly truth: () => Promise<Truth>
}

async function eventsOf(source: Exclude<Source, { kind: 'topic' }>): Promise<Events> {
  if (source.kind === 'own') {
    const input = new YsbInput()
    const events = function* () {
      for (let n = 0; n < source.events; n++) yield input.event(n)
    }
    return { events: events(), ads: adsTable(), truth: async () => input.truth }
  }
  const ads = await readAds(source.ads)
  const counted: Truth = new Map()
  const given = source.truth
  const truth = async () => (given === undefined ? counted : readTruth(given, new Set(ads.values())))
  return { events: readEvents(source.file, ads, counted), ads, truth }
}

/** The lines of a file. What must come out is counted beside, in the plainest way there is. */
async function* readEvents(file: string, ads: ReadonlyMap<string, string>, truth: Truth): AsyncIterable<Keyed> {
  for await (const json of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    if (json === '') continue
    const { ad_id: ad, event_time, event_type } = JSON.parse(json) as Record<string, string>
    const campaign = ads.get(ad!)
    if (event_type === 'view' && campaign !== undefined) {
      const key = truthKey(campaign, Math.floor(Number(event_time) / YSB.window_ms) * YSB.window_ms)
      truth.set(key, (truth.get(key) ?? 0) + 1)
    }
    yield { key: ad!, json }
  }
}

/** Writes the input as plain files, for other engines: `events.ndjson`, `ads.json` and `truth.json`. */
export async function writeInput(dir: string, count: number): Promise<{ events: number; bytes: number }> {
  await mkdir(dir, { recursive: true })
  const input = new YsbInput()
  const out = createWriteStream(join(dir, 'events.ndjson'))
  let bytes = 0
  for (let from = 0; from < count; from += LINES) {
    let text = ''
    for (let n = from; n < Math.min(count, from + LINES); n++) text += `${input.event(n).json}\n`
    bytes += text.length
    if (!out.write(text, 'latin1')) await once(out, 'drain')
  }
  out.end()
  await finished(out)
  await writeFile(join(dir, 'ads.json'), `${JSON.stringify(Object.fromEntries(adsTable()))}\n`)
  const truth = [...input.truth].map(([key, views]) => {
    const [campaign_id, start] = key.split(' ')
    return { campaign_id, window_start_ms: Number(start), views }
  })
  await writeFile(join(dir, 'truth.json'), `${JSON.stringify(truth)}\n`)
  return { events: count, bytes }
}

/** Lines that are written together. */
const LINES = 4_000
