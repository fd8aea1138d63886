import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { pathToFileURL } from 'node:url'
import { mixed, money } from './support/draw.ts'

/**
 * Writes the input of the import benchmark: N events, half ad delivery and half orders, in order of time over 240 days
 * that end at 2026-01-01T00:00:00Z. The same N gives the same bytes.
 *
 *   node benchmarks/make-import-file.ts --events 5000000 --out events.ndjson
 *   node benchmarks/make-import-file.ts --events 5000000 --form csv --out DIR      (DIR/delivery.csv, DIR/orders.csv)
 *
 * The events are dull on purpose: values come from a counter through a multiplicative hash, so that sums can be
 * computed without reading the file back ({@link importTruth}).
 */
export async function makeImportFile(options: ImportFileOptions): Promise<{ bytes: number }> {
  const { events, form, out } = options
  const files =
    form === 'csv'
      ? [createWriteStream(`${out}/delivery.csv`), createWriteStream(`${out}/orders.csv`)]
      : [createWriteStream(out)]
  const pending = files.map(() => '')
  let bytes = 0
  const flush = async (i: number, atLeast: number) => {
    if (pending[i]!.length < atLeast) return
    bytes += pending[i]!.length
    if (!files[i]!.write(pending[i]!, 'latin1')) await once(files[i]!, 'drain')
    pending[i] = ''
  }
  if (form === 'csv') {
    pending[0] = `${DELIVERY_COLUMNS}\n`
    pending[1] = `${ORDER_COLUMNS}\n`
  }
  for (let i = 0; i < events; i++) {
    const file = form === 'csv' ? i % 2 : 0
    pending[file] += lineOf(i, events, form)
    await flush(file, 1 << 20)
  }
  for (const i of files.keys()) {
    await flush(i, 0)
    files[i]!.end()
    await finished(files[i]!)
  }
  return { bytes }
}

export type ImportFileOptions = {
  readonly events: number
  readonly form: 'ndjson' | 'csv'
  /** A file for NDJSON, a directory for CSV. */
  readonly out: string
}

/** What an import of the file must show: exact totals, from the same formulas. */
export function importTruth(events: number) {
  let spend_micros = 0n
  let revenue_micros = 0n
  let impressions = 0n
  for (let i = 0; i < events; i += 2) {
    impressions += BigInt(impressionsOf(i))
    spend_micros += BigInt(spendCents(i)) * 10_000n
  }
  for (let i = 1; i < events; i += 2) revenue_micros += BigInt(totalCents(i)) * 10_000n
  return {
    deliveries: Math.ceil(events / 2),
    orders: Math.floor(events / 2),
    impressions,
    spend_micros,
    revenue_micros,
  }
}

const DAYS = 240
const END_MS = Date.UTC(2026, 0, 1)
const PLATFORMS = ['meta', 'google', 'tiktok']
const DELIVERY_COLUMNS =
  'id,observed_at,platform,account,campaign,ad_group,ad,creative,day,country,device,currency,impressions,clicks,spend,conversions,conversion_value'
const ORDER_COLUMNS = 'id,ordered_at,customer,currency,total,tax,shipping,status,platform,campaign,country,device'

function lineOf(i: number, events: number, form: 'ndjson' | 'csv'): string {
  const at_ms = END_MS - DAYS * 86_400_000 + Math.floor((i / events) * DAYS * 86_400_000)
  const at = new Date(at_ms).toISOString()
  const platform = PLATFORMS[i % 3]!
  const campaign = `C${1 + (mixed(i) % 24)}`
  const country = i % 5 === 0 ? 'CA' : 'US'
  const device = i % 3 === 0 ? 'desktop' : 'mobile'
  if (i % 2 === 1) {
    const [total, customer] = [money(totalCents(i)), `cust-${mixed(i + 7) % 400_000}`]
    const [tax, shipping] = [money(Math.floor(totalCents(i) / 12)), i % 4 === 1 ? '4.99' : '0.00']
    if (form === 'csv') {
      return `order-${i},${at},${customer},USD,${total},${tax},${shipping},paid,${platform},${campaign},${country},${device}\n`
    }
    return `{"id":"order-${i}","source":"shop","type":"order.observed","version":1,"occurred_at":"${at}","data":{"ordered_at":"${at}","time_zone":"America/New_York","currency":"USD","total":"${total}","tax":"${tax}","shipping":"${shipping}","status":"paid","customer":"${customer}","platform":"${platform}","campaign":"${campaign}","country":"${country}","device":"${device}"}}\n`
  }
  const day = at.slice(0, 10)
  const [group, ad, creative] = [`G${mixed(i + 1) % 120}`, `A${mixed(i + 2) % 600}`, `K${mixed(i + 3) % 300}`]
  const impressions = impressionsOf(i)
  const clicks = Math.floor(impressions / 60)
  const conversions = Math.floor(impressions / 900)
  const value = money(conversions * 6400)
  const id = `${platform}-1/${day}/${campaign}/${group}/${ad}/${i}`
  if (form === 'csv') {
    return `${id},${at},${platform},${platform}-1,${campaign},${group},${ad},${creative},${day},${country},${device},USD,${impressions},${clicks},${money(spendCents(i))},${conversions},${value}\n`
  }
  return `{"id":"${id}","source":"${platform}_ads","type":"ad_delivery.observed","version":1,"occurred_at":"${at}","data":{"platform":"${platform}","account":"${platform}-1","level":"ad","campaign":"${campaign}","ad_group":"${group}","ad":"${ad}","creative":"${creative}","day":"${day}","time_zone":"America/New_York","currency":"USD","country":"${country}","device":"${device}","impressions":${impressions},"clicks":${clicks},"spend":"${money(spendCents(i))}","conversions":${conversions},"conversion_value":"${value}"}}\n`
}

function impressionsOf(i: number): number {
  return 200 + (mixed(i + 4) % 5_000)
}

function spendCents(i: number): number {
  return 50 + (mixed(i + 5) % 20_000)
}

function totalCents(i: number): number {
  return 1_500 + (mixed(i + 6) % 15_000)
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const option = (name: string, fallback: string) => {
    const at = process.argv.indexOf(`--${name}`)
    return at === -1 ? fallback : process.argv[at + 1]!
  }
  const form = option('form', 'ndjson') === 'csv' ? 'csv' : 'ndjson'
  const events = Number(option('events', '5000000'))
  const { bytes } = await makeImportFile({ events, form, out: option('out', 'events.ndjson') })
  process.stdout.write(`${JSON.stringify({ events, form, bytes })}\n`)
}
