import { mixed, money } from './draw.ts'

/**
 * The i-th event of a steady stream, as JSON of about 300 bytes: by turns a row of an ad platform's report and an
 * order, over 3 platforms, 24 campaigns and 360 ads. The same arguments give the same bytes.
 *
 * @param stream  part of every id: two streams never send the same event
 * @param at_ms   when it occurred
 */
export function liveEvent(stream: string, i: number, at_ms: number): string {
  const at = new Date(at_ms).toISOString()
  const [platform, campaign] = [PLATFORMS[i % 3]!, `C${1 + (mixed(i) % 24)}`]
  const country = i % 5 === 0 ? 'CA' : 'US'
  const device = i % 7 === 0 ? 'desktop' : 'mobile'
  if (i % 2 === 1) {
    const data = `"ordered_at":"${at}","currency":"USD","total":"${money(1_500 + (mixed(i + 6) % 15_000))}","status":"paid","customer":"cust-${mixed(i + 7) % 400_000}","platform":"${platform}","campaign":"${campaign}","country":"${country}","device":"${device}"`
    return `{"id":"o-${stream}-${i}","source":"shop","type":"order.observed","version":1,"occurred_at":"${at}","data":{${data}}}`
  }
  return deliveryEvent(`d-${stream}-${i}`, at, {
    platform,
    campaign,
    ad: `A${mixed(i + 2) % 15}`,
    country,
    device,
    impressions: 200 + (mixed(i + 4) % 5_000),
    spend: money(50 + (mixed(i + 5) % 20_000)),
  })
}

/** A delivery whose campaign nobody else has: it can be asked for by itself. */
export function probeEvent(campaign: string, at_ms: number): string {
  const fields = {
    platform: 'meta',
    campaign,
    ad: 'A0',
    country: 'US',
    device: 'mobile',
    impressions: 1,
    spend: '0.01',
  }
  return deliveryEvent(`probe-${campaign}`, new Date(at_ms).toISOString(), fields)
}

type Delivery = {
  readonly platform: string
  readonly campaign: string
  readonly ad: string
  readonly country: string
  readonly device: string
  readonly impressions: number
  readonly spend: string
}

function deliveryEvent(id: string, at: string, row: Delivery): string {
  const { ad, campaign, country, device, impressions, platform, spend } = row
  const data = `"platform":"${platform}","account":"${platform}-1","level":"ad","campaign":"${campaign}","ad":"${ad}","day":"${at.slice(0, 10)}","currency":"USD","country":"${country}","device":"${device}","impressions":${impressions},"clicks":${Math.floor(impressions / 60)},"spend":"${spend}"`
  return `{"id":"${id}","source":"${platform}_ads","type":"ad_delivery.observed","version":1,"occurred_at":"${at}","data":{${data}}}`
}

const PLATFORMS = ['meta', 'google', 'tiktok']
