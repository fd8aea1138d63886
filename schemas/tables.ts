/**
 * The tables that pipelines write, column by column, in the order in which batches are encoded. The SQL that creates
 * them is in `migrations/`; a test holds one against the other through the engine's own DESCRIBE.
 */
export type Column = { readonly name: string; readonly type: string }
export type Table = { readonly name: string; readonly columns: readonly Column[] }

const LC = 'LowCardinality(String)'
const TIME = "DateTime64(3, 'UTC')"
const INT = 'Int64'
const NINT = 'Nullable(Int64)'

function columns(spec: Readonly<Record<string, string>>): Column[] {
  return Object.entries(spec).map(([name, type]) => ({ name, type }))
}

/** Who, when, which: the same in every fact table. */
const HEAD = {
  tenant: LC,
  source: LC,
  id: 'String',
  id_hash: 'FixedString(16)',
  occurred_at: TIME,
  received_at: TIME,
  day: 'Date',
}

/** Where on the log a row comes from: exactly-once is verified by these, `omnify trace` follows them. */
const TAIL = { run: LC, _topic: LC, _partition: 'UInt16', _offset: INT, _row: 'UInt16' }

const AD_PATH = { platform: LC, account: LC, campaign: LC, ad_group: LC, ad: LC, creative: LC }
const PERSONAL = { email_hmac: 'String', phone_hmac: 'String', personal: 'String' }

function fact(name: string, spec: Readonly<Record<string, string>>): Table {
  return { name, columns: columns({ ...HEAD, ...spec, ...TAIL }) }
}

export const fact_delivery = fact('fact_delivery', {
  ...AD_PATH,
  asset_group: LC,
  level: LC,
  slice: LC,
  hour_start: "Nullable(DateTime('UTC'))",
  time_zone: LC,
  country: LC,
  device: LC,
  segment: LC,
  attribution_setting: LC,
  currency: LC,
  impressions: NINT,
  clicks: NINT,
  spend_micros: NINT,
  conversions_micros: NINT,
  claimed_micros: NINT,
  reach: NINT,
  frequency_micros: NINT,
  video_views: NINT,
})

export const fact_conversions = fact('fact_conversions', {
  ...AD_PATH,
  slice: LC,
  currency: LC,
  action_type: LC,
  window: LC,
  time_basis: LC,
  count_micros: NINT,
  value_micros: NINT,
})

export const fact_orders = fact('fact_orders', {
  ordered_at: TIME,
  utc_offset_min: 'Int16',
  time_zone: LC,
  currency: LC,
  total_micros: INT,
  subtotal_micros: NINT,
  tax_micros: NINT,
  shipping_micros: NINT,
  discount_micros: NINT,
  status: LC,
  cancelled_at: `Nullable(${TIME})`,
  test: 'UInt8',
  customer: 'String',
  ...AD_PATH,
  country: LC,
  device: LC,
  landing_page: 'String',
  ...PERSONAL,
})

export const fact_order_lines = fact('fact_order_lines', {
  line: 'String',
  product: LC,
  variant: LC,
  title: 'String',
  quantity: INT,
  price_micros: INT,
  discount_micros: NINT,
  currency: LC,
})

export const fact_refunds = fact('fact_refunds', {
  order: 'String',
  refunded_at: TIME,
  utc_offset_min: 'Int16',
  time_zone: LC,
  currency: LC,
  amount_micros: NINT,
  kind: LC,
  success: 'UInt8',
  test: 'UInt8',
  customer: 'String',
  ...AD_PATH,
  country: LC,
  device: LC,
})

export const fact_refund_lines = fact('fact_refund_lines', {
  order: 'String',
  line: 'String',
  product: LC,
  quantity: INT,
  amount_micros: NINT,
  currency: LC,
})

export const fact_entities = fact('fact_entities', {
  ...AD_PATH,
  kind: LC,
  entity: 'String',
  name: 'String',
  status: LC,
  objective: LC,
  daily_budget_micros: NINT,
  lifetime_budget_micros: NINT,
  currency: LC,
  time_zone: LC,
  valid_from: TIME,
})

export const fact_customers = fact('fact_customers', {
  kind: LC,
  customer: 'String',
  created_at: `Nullable(${TIME})`,
  country: LC,
  tags: 'Array(String)',
  segment: LC,
  channel: LC,
  pipeline: LC,
  stage: LC,
  status: LC,
  value_micros: NINT,
  currency: LC,
  ...PERSONAL,
})

export const fact_products = fact('fact_products', {
  product: 'String',
  variant: 'String',
  title: 'String',
  currency: LC,
  price_micros: NINT,
  available: 'Nullable(UInt8)',
  stock: NINT,
})

export const fact_touches = fact('fact_touches', {
  kind: LC,
  visitor: 'String',
  customer: 'String',
  session: 'String',
  ...AD_PATH,
  utm_source: LC,
  utm_medium: LC,
  utm_campaign: LC,
  utm_content: LC,
  utm_term: LC,
  click_ids: 'String',
  landing_page: 'String',
  referrer: 'String',
  country: LC,
  device: LC,
  ...PERSONAL,
})

export const fact_web_events = fact('fact_web_events', {
  kind: LC,
  name: LC,
  visitor: 'String',
  customer: 'String',
  session: 'String',
  order: 'String',
  product: LC,
  quantity: NINT,
  value_micros: NINT,
  currency: LC,
  page: 'String',
  referrer: 'String',
  ...AD_PATH,
  country: LC,
  device: LC,
  ...PERSONAL,
})

export const fact_changes = fact('fact_changes', {
  ...AD_PATH,
  entity_kind: LC,
  entity: 'String',
  actor: LC,
  field: LC,
  old: 'String',
  new: 'String',
})

export const fact_fx_rates = fact('fact_fx_rates', { base: LC, quote: LC, rate_e9: INT })

export const fact_holidays = fact('fact_holidays', { country: LC, name: 'String' })

/** One row per accepted observation: what was seen before is looked up here, by primary key. */
export const identities: Table = {
  name: 'identities',
  columns: columns({
    id_hash: 'FixedString(16)',
    content: 'UInt64',
    tenant: LC,
    type: LC,
    day: 'Date',
    occurred_ms: INT,
    run: LC,
    _topic: LC,
    _partition: 'UInt16',
    _offset: INT,
    _row: 'UInt16',
  }),
}

export const failed_events: Table = {
  name: 'failed_events',
  columns: columns({
    tenant: LC,
    source: LC,
    type: LC,
    schema_version: 'UInt16',
    pipeline: LC,
    stage: LC,
    code: LC,
    path: 'String',
    reason: 'String',
    failed_at: TIME,
    raw_sealed: 'String',
    ...TAIL,
  }),
}

/** How far each source has been read: the newest `occurred_at` per tenant, source and partition. */
export const watermarks: Table = {
  name: 'watermarks',
  columns: columns({
    pipeline: LC,
    tenant: LC,
    source: LC,
    _topic: LC,
    _partition: 'UInt16',
    occurred_ms: INT,
    events: INT,
    version: 'UInt64',
  }),
}

/**
 * Every revision of every alert: `record` has its bytes, which are the same for ever; the columns before it are copies to
 * ask by. `life` is what the detector needs to go on with it, and `seq` the order in which revisions were decided.
 */
export const alerts: Table = {
  name: 'alerts',
  columns: columns({
    tenant: LC,
    id: 'String',
    revision: 'UInt32',
    seq: 'UInt64',
    state: LC,
    kind: LC,
    metric: LC,
    grain: LC,
    platform: LC,
    account: LC,
    campaign: LC,
    ad: LC,
    creative: LC,
    onset_at: TIME,
    detected_at: TIME,
    ended_at: `Nullable(${TIME})`,
    severity: LC,
    cause_class: LC,
    record: 'String',
    life: 'String',
  }),
}

/** What users have set and not taken back: mutes, expected events, rules, by the commands that were carried out. */
export const alert_settings: Table = {
  name: 'alert_settings',
  columns: columns({ tenant: LC, kind: LC, id: 'String', version: 'UInt64', removed: 'UInt8', body: 'String' }),
}

/** What detection has learnt, in pieces; all pieces of a version are written by one insert. */
export const detect_checkpoints: Table = {
  name: 'detect_checkpoints',
  columns: columns({ name: LC, piece: 'String', version: 'UInt64', state: 'String' }),
}

/** Of alerts. */
export const ALERT_TABLES: readonly Table[] = [alerts, alert_settings, detect_checkpoints]

export const FACT_TABLES: readonly Table[] = [
  fact_delivery,
  fact_conversions,
  fact_orders,
  fact_order_lines,
  fact_refunds,
  fact_refund_lines,
  fact_entities,
  fact_customers,
  fact_products,
  fact_touches,
  fact_web_events,
  fact_changes,
  fact_fx_rates,
  fact_holidays,
]
