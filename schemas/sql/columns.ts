import type { SqlColumn } from './view.ts'

export function as(name: string, sql: string, about: string): SqlColumn {
  return { name, sql, about }
}

export function is(name: string, about: string): SqlColumn {
  return { name, sql: name, about }
}

/** A text that is empty where it is not known: NULL for those who ask. */
export function text(name: string, about: string, column = name): SqlColumn {
  return { name, sql: `nullIf(${column}, '')`, about }
}

export const DAY = is('day', 'local date of the account or shop')
export const SOURCE = is('source', 'who sent it')
export const OBSERVED = as('observed_at', 'occurred_at', 'when the source showed it so')
export const CURRENCY = is('currency', 'ISO 4217')
export const ZONE = is('time_zone', 'IANA zone of the account or shop')

export const CREATIVE_PATH = [
  text('platform', 'ad platform'),
  text('account', 'ad account id'),
  text('campaign', 'campaign id'),
  text('ad_group', 'ad group id'),
  text('ad', 'ad id'),
  text('creative', 'creative id'),
]
export const PLACE = [text('country', 'ISO 3166-1 alpha-2'), text('device', 'device class')]
export const SLICE = is(
  'slice',
  'level and breakdown of the report; two slices show the same delivery and are never added',
)
export const CUSTOMER = text('customer_id', "the shop's customer id", 'customer')
export const VISIT = [
  is('kind', 'what happened'),
  text('visitor', 'visitor id'),
  CUSTOMER,
  text('session', 'session id'),
  ...CREATIVE_PATH,
]
