import { setTimeout as sleep } from 'node:timers/promises'
import { LTV_MODEL } from '../../../models/ltv/forecast.ts'
import { runAlone } from '../../stages/alone.ts'
import type { Stage, StageDeps } from '../../stages/stage.ts'
import { isBehind } from '../behind.ts'
import type { ShopAsOf } from './facts.ts'
import { runFit } from './fit/run.ts'
import { forecastShop } from './forecast-shop.ts'
import { readSignature, type Signature } from './signature.ts'
import {
  endOf,
  type LastForecast,
  lastDay,
  type ReadSource,
  readLast,
  readShops,
  readSources,
  type WatchedShop,
} from './watch.ts'

export type LtvStageOptions = {
  /** Between two looks at what there is. */
  readonly poll_ms: number
  /** The events of an origin must have stayed the same for this long: they arrive in no order. */
  readonly settle_ms: number
  /** … but where late ones go on trickling in, it is not waited longer than this. */
  readonly settle_ms_max: number
  /** Late events and new currencies are looked for as often. */
  readonly again_ms: number
  /** After a forecast that took t, the next one waits this many times t: a share of one core at most. */
  readonly rest: number
}

const DEFAULTS: LtvStageOptions = {
  poll_ms: 2_000,
  settle_ms: 4_000,
  settle_ms_max: 60_000,
  again_ms: 60_000,
  rest: 20,
}

/**
 * Forecasts what customers will be worth: of each shop from its newest day that is over, by the time of its own events.
 * Days that went by while it could not are not forecast afterwards: a forecast is made before its truth or not at all.
 */
export function ltvStage(options: Partial<LtvStageOptions> = {}): Stage {
  return {
    name: 'ltv',
    run: (deps, signal) => {
      const work = async (held: AbortSignal) => {
        try {
          await watch(deps, { ...DEFAULTS, ...options }, held)
        } catch (error) {
          // A fit that was cut off because it must end, here or in this process, has not failed.
          if (!held.aborted) throw error
        }
      }
      return runAlone(deps.log, 'ltv', work, signal)
    },
  }
}

/** What is remembered of a shop between two looks; lost at a stop, and then read again. */
type Memory = {
  last?: LastForecast | undefined
  /** The day that is about to be forecast, and its events as they were seen. */
  day?: number
  seen?: Signature
  since_ms?: number
  first_ms?: number
}

async function watch(deps: StageDeps, options: LtvStageOptions, signal: AbortSignal): Promise<void> {
  const shops = new Map<string, Memory>()
  const sources = new Map<string, SourceMemory>()
  let rest_until_ms = 0
  while (!signal.aborted) {
    if (deps.steady() >= rest_until_ms && !(await isBehind(deps.log))) {
      for (const source of await readSources(deps.store)) {
        const { tenant, source: name } = source
        const memory = memoryOf(sources, `${tenant}\0${name}`, newSource)
        if (!isWorthALook(memory, source, deps.steady(), options.again_ms)) continue
        const found = await readShops(deps.store, source)
        const unsettled = memory.was_busy
        Object.assign(memory, { settling: false, was_busy: false, events_looked: source.events })
        for (const shop of found) {
          const of_shop = memoryOf(shops, `${tenant}\0${name}\0${shop.currency}`, newMemory)
          if (unsettled) delete of_shop.day
          const took_ms = await look(deps, options, shop, of_shop, signal)
          rest_until_ms = Math.max(rest_until_ms, deps.steady() + took_ms * options.rest)
          memory.settling ||= of_shop.day !== undefined
          if (signal.aborted) return
        }
        memory.offset_min = Math.max(...found.map(({ offset_min }) => offset_min))
        memory.day = found.length === 0 ? undefined : lastDay({ ...source, offset_min: memory.offset_min })
        memory.looked_ms = deps.steady()
      }
    }
    await sleep(options.poll_ms, undefined, { signal }).catch(() => undefined)
  }
}

/** What is remembered of a source, so that its orders are looked at only when that may bring something. */
type SourceMemory = {
  events: number
  events_looked: number
  counted_ms: number
  looked_ms: number
  settling: boolean
  was_busy: boolean
  day: number | undefined
  offset_min: number
}

const newSource = (): SourceMemory => ({
  ...{ events: 0, events_looked: 0, counted_ms: 0, looked_ms: Number.NEGATIVE_INFINITY },
  ...{ settling: false, was_busy: false, day: undefined, offset_min: 0 },
})
const newMemory = (): Memory => ({})

/** More events than this in a second are a backfill, which may go on for long before its last day is over. */
const EVENTS_PER_S_MAX = 1_000
/** … unless it never becomes quieter. */
const BUSY_MS_MAX = 600_000
/** Whether a day is over that was not before, or it is time to look for what came late. Counting orders is not free. */
function isWorthALook(memory: SourceMemory, source: ReadSource, now_ms: number, again_ms: number): boolean {
  const per_s = ((source.events - memory.events) * 1000) / Math.max(1, now_ms - memory.counted_ms)
  memory.events = source.events
  memory.counted_ms = now_ms
  if (memory.looked_ms < 0) return true
  const unseen_ms = now_ms - memory.looked_ms
  memory.was_busy ||= per_s > EVENTS_PER_S_MAX
  if (per_s > EVENTS_PER_S_MAX && unseen_ms < BUSY_MS_MAX) return false
  if (memory.settling || memory.was_busy) return true
  if (memory.day !== undefined && lastDay({ ...source, offset_min: memory.offset_min }) > memory.day) return true
  return source.events !== memory.events_looked && unseen_ms >= again_ms
}

function memoryOf<T>(memories: Map<string, T>, key: string, fresh: () => T): T {
  const memory = memories.get(key) ?? fresh()
  memories.set(key, memory)
  return memory
}

/** Forecasts a shop if it is due. @returns how long that took, in ms; 0 where it was not */
async function look(
  deps: StageDeps,
  options: LtvStageOptions,
  shop: WatchedShop,
  memory: Memory,
  signal: AbortSignal,
): Promise<number> {
  const { logger, steady, store } = deps
  const until = lastDay(shop)
  if (!('last' in memory)) memory.last = await readLast(store, LTV_MODEL, shop)
  const { last } = memory
  if (last !== undefined && until < last.origin) return 0
  const { currency, source, tenant } = shop
  const as_of: ShopAsOf = { tenant, source, currency, until, known_ms: endOf(until, shop.offset_min) }
  const signature = await readSignature(store, as_of, { signal })
  if (signature.orders === 0 || isKnown(last, until, signature)) {
    delete memory.day
    return 0
  }
  if (!hasSettled(memory, until, signature, steady(), options)) return 0
  delete memory.day
  const began_ms = steady()
  const edition = last?.origin === until ? last.edition + 1 : 0
  const each_customer = last === undefined || edition > 0 || isSunday(until)
  const rows = await forecastShop(
    store,
    { shop: as_of, edition, watermark_ms: shop.watermark_ms, signature, each_customer },
    runFit,
    signal,
  )
  memory.last = { origin: until, edition, orders: signature.orders, features_hash: signature.hash }
  const took_ms = steady() - began_ms
  logger.info(
    `customer value of ${tenant}/${source} (${currency}): ${rows} forecasts in ${(took_ms / 1000).toFixed(1)} s`,
  )
  return took_ms
}

/** Whether this origin was forecast from as good as these orders: a hundredth more ask for another edition. */
function isKnown(last: LastForecast | undefined, until: number, { hash, orders }: Signature): boolean {
  if (last?.origin !== until) return false
  return last.features_hash === hash || orders < last.orders * 1.01 + 1
}

function hasSettled(
  memory: Memory,
  day: number,
  seen: Signature,
  now_ms: number,
  { settle_ms, settle_ms_max }: LtvStageOptions,
): boolean {
  if (memory.day !== day) Object.assign(memory, { day, seen, since_ms: now_ms, first_ms: now_ms })
  if (memory.seen!.hash !== seen.hash) Object.assign(memory, { seen, since_ms: now_ms })
  return now_ms - memory.since_ms! >= settle_ms || now_ms - memory.first_ms! >= settle_ms_max
}

/** Each customer's own forecast is written once a week, as many rows as there are customers; sums are written daily. */
function isSunday(day: number): boolean {
  return (((day + 3) % 7) + 7) % 7 === 6
}
