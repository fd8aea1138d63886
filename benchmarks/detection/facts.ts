import type { WorldEvent } from '../../ingest/world/model.ts'
import type { Incident } from '../../pipelines/detect/core/incident.ts'
import { scopeOfKey } from '../../pipelines/detect/core/scope.ts'
import type { KnownFacts } from '../../pipelines/detect/core/situation.ts'
import { DAY_MS, HOUR_MS, parseDay } from '../../schemas/zone.ts'

/** What the change log, the catalogue and the calendar have said so far, kept to be asked as the stage asks the store. */
export class FactBook {
  private readonly changes: { at_ms: number; field: string; platform: string; campaign: string }[] = []
  private readonly products: { at_ms: number; product: string; price: string; gone: boolean }[] = []
  /** Announcement by day. */
  private readonly holidays = new Map<number, number>()

  take({ data, occurred_at, type }: WorldEvent): void {
    const at_ms = Date.parse(occurred_at)
    const text = (name: string) => String(data[name] ?? '')
    if (type === 'change.recorded') {
      this.changes.push({ at_ms, field: text('field'), platform: text('platform'), campaign: text('campaign') })
    } else if (type === 'product.observed') {
      const gone = data.available === false || Number(data.stock ?? 1) <= 0
      this.products.push({ at_ms, product: text('product'), price: text('price'), gone })
    } else if (type === 'holiday.observed') {
      const day = parseDay(text('day'))!
      this.holidays.set(day, Math.min(at_ms, this.holidays.get(day) ?? at_ms))
    }
  }

  of({ onset_ms, scope }: Incident): KnownFacts {
    const { campaign, platform } = scopeOfKey(scope)
    const near = ({ at_ms }: { readonly at_ms: number }) =>
      at_ms >= onset_ms - BEFORE_MS && at_ms <= onset_ms + AFTER_MS
    const bids = this.changes.filter(
      (one) =>
        near(one) &&
        /bid|target|strategy/i.test(one.field) &&
        (platform === undefined || one.platform === platform) &&
        (campaign === undefined || one.campaign === '' || one.campaign === campaign),
    )
    const now = this.products.filter(near)
    const before = new Map(
      this.products
        .filter(({ at_ms }) => at_ms < onset_ms - BEFORE_MS && at_ms >= onset_ms - 3 * DAY_MS)
        .sort((a, b) => a.at_ms - b.at_ms)
        .map(({ price, product }) => [product, price]),
    )
    return {
      bid_changed: bids.length > 0,
      out_of_stock: now.some(({ gone }) => gone),
      price_changed: now.some(({ price, product }) => before.has(product) && before.get(product) !== price),
      holiday: [...this.holidays].some(([day, announced]) => {
        const into_ms = onset_ms - day * DAY_MS
        return near({ at_ms: announced }) ? into_ms >= -AFTER_MS && into_ms < DAY_MS : Math.abs(into_ms) < MORNING_MS
      }),
    }
  }
}

/** As `pipelines/detect/facts.ts` has them. */
const BEFORE_MS = 3 * HOUR_MS
const AFTER_MS = 2 * HOUR_MS
const MORNING_MS = 12 * HOUR_MS
