// Made from query-api/contract by `npm run docs`; edit that, not this.

export type Accepted = { accepted: number; duplicate: number; rejected: ReadonlyArray<{ index: number; code: ErrorCode; path: string; reason: string }> }
export type Alert = { id: string; revision: number; tenant: string; state: "open" | "updated" | "resolved" | "retracted"; reason: "detected" | "grew" | "explained" | "user" | "back_to_normal" | "restated" | "feedback" | "expected_event" | "merged" | "new_level" | "out_of_data"; kind: "anomaly" | "trend" | "threshold" | "fatigue"; title: string; metric: string; unit: "count" | "money" | "ratio"; currency: string | null; grain: "5m" | "hour" | "day"; scope: { [name: string]: string }; direction: "down" | "up"; onset_at: string; detected_at: string; last_at: string; ended_at: string | null; observed: string | null; expected: string | null; interval: { low: string; high: string } | null; q_value: number | null; severity: "info" | "warning" | "critical"; money_at_stake: { currency: string; so_far: { mean: string; low: string; high: string }; per_hour: { mean: string; low: string; high: string } } | null; causes: ReadonlyArray<{ set: { [name: string]: string }; score: number; share: number; size: number }>; sides: ReadonlyArray<{ side: string; change: number | null }>; cause_class: "tracking_break" | "budget_exhausted" | "bid_change" | "creative_fatigue" | "site_outage" | "stock_out" | "holiday" | "reporting_delay" | "fraud" | "price_change" | "unknown"; class_posterior: { [name: string]: number }; evidence: ReadonlyArray<{ of: string; nats: number; observed: string | null; expected: string | null }>; watermark: string; data_age_ms: number; parent: string | null; children: ReadonlyArray<string>; rule: string | null; muted: boolean; snoozed_until: string | null; acknowledged_by: string | null; acknowledged_at: string | null; feedback: "anomaly" | "expected" | "not_anomaly" | "new_trend" | null }
export type AlertRule = { name: string; metric: string; condition: { op: "above" | "below" | "drops_by" | "rises_by"; value: string }; scope: { [name: string]: string }; grain: "5m" | "hour" | "day"; buckets: number; volume_min: number; enabled: boolean; id: string }
export type ChangesAnswer = { rows: ReadonlyArray<{ [name: string]: string | number | null }>; since: string | null; next_since: string | null; next_cursor?: string; watermark: string | null; query_id: string; [name: string]: unknown }
export type CreativeFatigue = { platform: string; account: string; creative: string; [name: string]: unknown }
export type CustomerGroup = { customers: number; value_to_date: string; spend: string | null; cac: string | null; payback: { state: "reached" | "expected" | "not_within_a_year"; days: number | null } | null; drift: { age_days: number; mean: string; earlier_mean: string; ratio: number; z: number | null } | null; horizons: ReadonlyArray<{ horizon_days: number; matures_at: string; value: ForecastAmount; record: ModelRecord; [name: string]: unknown }>; [name: string]: unknown }
export type CustomerNow = { as_of: string; transactions: number; last_order: string; p_alive: number; horizons: ReadonlyArray<{ horizon_days: number; orders_mean: number; value_mean: string }> } | null
export type DeliveryAttempt = { message: string; attempt: number; cause: "schedule" | "manual" | "test"; outcome: "delivered" | "failed" | "gone"; status: number; detail: string; duration_ms: number; at: string; next_at: string | null; [name: string]: unknown }
export type ErrorCode = "bad_request" | "invalid_json" | "unauthorized" | "bad_hmac" | "forbidden" | "not_found" | "method_not_allowed" | "not_acceptable" | "request_timeout" | "body_too_large" | "too_many_events" | "url_too_long" | "headers_too_large" | "unsupported_media_type" | "rate_limited" | "log_slow" | "malformed_line" | "invalid_event" | "missing_field" | "unknown_field" | "invalid_field" | "control_character" | "unknown_type" | "unsupported_version" | "time_out_of_range" | "money_out_of_range" | "currency_missing" | "zone_missing" | "tenant_mismatch" | "id_conflict" | "event_too_large" | "decryption_failed" | "unknown_measure" | "unknown_dimension" | "unknown_filter" | "incompatible" | "non_additive" | "currency_mix" | "not_hourly" | "bad_range" | "bad_grain" | "bad_time_zone" | "bad_currency" | "bad_compare" | "bad_as_of" | "bad_order" | "bad_limit" | "bad_parameter" | "job_not_done" | "job_lost" | "bad_cursor" | "query_too_costly" | "too_many_rows" | "sql_refused" | "sql_invalid" | "query_too_large" | "sql_closed" | "query_timeout" | "not_ready" | "overloaded" | "log_full" | "log_unavailable" | "store_unavailable" | "store_rejected" | "identity_unavailable" | "fenced" | "log_closed" | "log_locked" | "log_corrupt" | "format_too_new" | "offset_out_of_range" | "record_too_large" | "unknown_topic" | "internal"
export type Event = OrderObserved | OrderRefunded | AdDeliveryObserved | AdEntityObserved | CustomerObserved | ProductObserved | TouchRecorded | WebRecorded | ChangeRecorded | FxRateObserved | HolidayObserved
export type ExpectedEvent = { id: string; title: string; scope: { [name: string]: string }; from: string; to: string; by: string; [name: string]: unknown }
export type ForecastAmount = { mean: string; q05: string; q10: string; q50: string; q90: string; q95: string } | null
export type Job = { id: string; kind: "metrics" | "sql"; state: "queued" | "running" | "done" | "failed"; format: string; question: unknown; created_at: string; started_at: string | null; finished_at: string | null; expires_at: string; rows?: number | null; bytes?: number; result?: string; problem?: Problem }
export type JsonValue = string | number | boolean | null | ReadonlyArray<JsonValue> | { [name: string]: JsonValue }
export type MetricsAnswer = { rows: ReadonlyArray<{ [name: string]: string | number | null }>; next_cursor?: string; watermark: string | null; query_id: string; [name: string]: unknown }
export type ModelRecord = { matured: number; score: number | null; skill: number | null; coverage_80: number | null; coverage_90: number | null; log_ratio_mean: number | null; log_ratio_sd: number | null }
export type Problem = { type: string; title: string; status: number; code: ErrorCode; detail: string; path?: string; query_id?: string; [name: string]: unknown }
export type SavedQuery = { description?: string; parameters: { [name: string]: { type: "text" | "integer" | "number" | "boolean" | "date" | "time"; list: boolean; values?: ReadonlyArray<string | number | boolean>; default?: string | number | boolean | null | ReadonlyArray<string | number | boolean>; description?: string } }; metrics?: { [name: string]: JsonValue }; sql?: string; name: string; version: number; saved_at: string }
export type SqlAnswer = { columns: ReadonlyArray<{ name: string; type: string }>; rows: ReadonlyArray<ReadonlyArray<unknown>>; totals?: ReadonlyArray<unknown>; rows_read: number; watermark: string | null; query_id: string }
export type Status = { tenant: string; log: string; pipelines: ReadonlyArray<{ name: string; topic: string; lag_events: number; lag_seconds: number; partitions: ReadonlyArray<{ partition: number; start: number; end: number; committed: number; lag_events: number }>; rows: { [name: string]: number }; failed_events: number; watermarks: { [name: string]: string }; [name: string]: unknown }> }
export type Webhook = { id: string; url: string; format: string; description: string; filter: { [name: string]: unknown }; enabled: boolean; created_at: string; state: "active" | "paused" | "gone"; [name: string]: unknown }
export type AdDeliveryObserved = { id: string | number; source: string; type: "ad_delivery.observed"; version?: number; occurred_at: string; tenant?: string; data: { platform: string; account: string | number; level: "account" | "campaign" | "ad_group" | "ad" | "asset_group"; campaign?: string | number | null; ad_group?: string | number | null; ad?: string | number | null; asset_group?: string | number | null; creative?: string | number | null; day: string; hour?: number | null; time_zone?: string | null; currency: string; country?: string | null; device?: string | null; segment?: string | null; attribution_setting?: string | null; impressions?: number | null; clicks?: number | null; spend?: string | number | null; conversions?: string | number | null; conversion_value?: string | number | null; reach?: number | null; frequency?: string | number | null; video_views_3s?: number | null; actions?: ReadonlyArray<{ action_type: string; window?: string; time_basis?: "click" | "view" | "conversion" | "mixed"; count?: string | number | null; value?: string | number | null }> | null } }
export type AdEntityObserved = { id: string | number; source: string; type: "ad_entity.observed"; version?: number; occurred_at: string; tenant?: string; data: { platform: string; account: string | number; campaign?: string | number | null; ad_group?: string | number | null; ad?: string | number | null; creative?: string | number | null; kind: "account" | "campaign" | "ad_group" | "ad" | "asset_group" | "creative"; entity: string | number; name?: string | null; status?: string | null; objective?: string | null; daily_budget?: string | number | null; lifetime_budget?: string | number | null; currency?: string | null; time_zone?: string | null; valid_from: string } }
export type ChangeRecorded = { id: string | number; source: string; type: "change.recorded"; version?: number; occurred_at: string; tenant?: string; data: { platform: string; account?: string | number | null; campaign?: string | number | null; ad_group?: string | number | null; ad?: string | number | null; creative?: string | number | null; entity_kind: string; entity: string | number; actor?: string | null; field: string; old?: string | null; new?: string | null } }
export type CustomerObserved = { id: string | number; source: string; type: "customer.observed"; version?: number; occurred_at: string; tenant?: string; data: { kind?: "customer" | "contact" | "opportunity"; customer: string | number; created_at?: string | null; country?: string | null; tags?: ReadonlyArray<string> | null; segment?: string | null; channel?: string | null; pipeline?: string | number | null; stage?: string | null; status?: string | null; value?: string | number | null; currency?: string | null; personal?: { email?: string | null; phone?: string | null; name?: string | null; address?: string | null; ip?: string | null } | null } }
export type FxRateObserved = { id: string | number; source: string; type: "fx_rate.observed"; version?: number; occurred_at: string; tenant?: string; data: { base: string; quote: string; day: string; rate: string | number } }
export type HolidayObserved = { id: string | number; source: string; type: "holiday.observed"; version?: number; occurred_at: string; tenant?: string; data: { country: string; day: string; name: string } }
export type OrderObserved = { id: string | number; source: string; type: "order.observed"; version?: number; occurred_at: string; tenant?: string; data: { ordered_at: string; order_date?: string | null; time_zone?: string | null; currency: string; total: string | number; subtotal?: string | number | null; tax?: string | number | null; shipping?: string | number | null; discount?: string | number | null; status: "pending" | "authorized" | "paid" | "partially_refunded" | "refunded" | "voided" | "cancelled"; cancelled_at?: string | null; test?: boolean | null; customer?: string | number | null; lines?: ReadonlyArray<{ line?: string | number | null; product: string | number; variant?: string | number | null; title?: string | null; quantity: number; price: string | number; discount?: string | number | null }> | null; platform?: string | null; account?: string | number | null; campaign?: string | number | null; ad_group?: string | number | null; ad?: string | number | null; creative?: string | number | null; country?: string | null; device?: string | null; landing_page?: string | null; personal?: { email?: string | null; phone?: string | null; name?: string | null; address?: string | null; ip?: string | null } | null } }
export type OrderRefunded = { id: string | number; source: string; type: "order.refunded"; version?: number; occurred_at: string; tenant?: string; data: { order: string | number; refunded_at: string; refund_date?: string | null; time_zone?: string | null; currency?: string | null; amount?: string | number | null; kind?: "refund" | "sale" | "capture" | "authorization" | "void"; success?: boolean; test?: boolean | null; customer?: string | number | null; lines?: ReadonlyArray<{ product: string | number; line?: string | number | null; quantity: number; amount?: string | number | null }> | null; platform?: string | null; account?: string | number | null; campaign?: string | number | null; ad_group?: string | number | null; ad?: string | number | null; creative?: string | number | null; country?: string | null; device?: string | null } }
export type ProductObserved = { id: string | number; source: string; type: "product.observed"; version?: number; occurred_at: string; tenant?: string; data: { product: string | number; variant?: string | number | null; title?: string | null; currency?: string | null; price?: string | number | null; available?: boolean | null; stock?: number | null } }
export type TouchRecorded = { id: string | number; source: string; type: "touch.recorded"; version?: number; occurred_at: string; tenant?: string; data: { kind?: "visit" | "click" | "impression"; visitor?: string | number | null; customer?: string | number | null; session?: string | number | null; platform?: string | null; account?: string | number | null; campaign?: string | number | null; ad_group?: string | number | null; ad?: string | number | null; creative?: string | number | null; utm_source?: string | null; utm_medium?: string | null; utm_campaign?: string | null; utm_content?: string | null; utm_term?: string | null; click_ids?: { [name: string]: string } | null; landing_page?: string | null; referrer?: string | null; country?: string | null; device?: string | null; personal?: { email?: string | null; phone?: string | null; name?: string | null; address?: string | null; ip?: string | null } | null } }
export type WebRecorded = { id: string | number; source: string; type: "web.recorded"; version?: number; occurred_at: string; tenant?: string; data: { kind: "page_view" | "view_item" | "add_to_cart" | "begin_checkout" | "purchase" | "lead" | "custom"; name?: string | null; visitor?: string | number | null; customer?: string | number | null; session?: string | number | null; order?: string | number | null; product?: string | number | null; quantity?: number | null; value?: string | number | null; currency?: string | null; page?: string | null; referrer?: string | null; platform?: string | null; account?: string | number | null; campaign?: string | number | null; ad_group?: string | number | null; ad?: string | number | null; creative?: string | number | null; country?: string | null; device?: string | null; personal?: { email?: string | null; phone?: string | null; name?: string | null; address?: string | null; ip?: string | null } | null } }

/** What each operation takes and gives. */
export type Operations = {
  /** Send events. A JSON array of events, one event, or one a line (`application/x-ndjson`); gzip, deflate, br or zstd. At most 5 MB and 50,000 events. What was accepted is durable. The same event may be sent again: it is counted once. (`POST /v1/events`) */
  sendEvents: { takes: { body: ReadonlyArray<Event> | Event | string }; gives: Accepted }
  /** Take a webhook of Shopify. Signed by Shopify with OMNIFY_SHOPIFY_WEBHOOK_SECRET; `X-Shopify-Topic` says what it is about. (`POST /v1/webhooks/shopify/{tenant}`) */
  shopifyWebhook: { takes: { path: { tenant: string }; header: { "x-shopify-hmac-sha256": string; "x-shopify-topic": string }; body: { [name: string]: unknown } }; gives: { accepted: number; duplicate: number; [name: string]: unknown } }
  /** The JSON Schema of every event type (`GET /v1/schemas`) */
  listSchemas: { takes: {  }; gives: { events: { [name: string]: { version: number; summary: string; schema: { [name: string]: unknown } } } } }
  /** Ask for metrics. What each measure and dimension means: `docs/metrics.md`. (`POST /v1/metrics`) */
  queryMetrics: { takes: { query?: { format?: string }; header?: { prefer?: string }; body: { measures: ReadonlyArray<string>; dimensions?: ReadonlyArray<string> | null; filters?: ReadonlyArray<{ field: string; op: string; value: string | number | null | ReadonlyArray<string | number | null> }> | null; from?: string | null; to?: string | null; grain?: string | null; time_zone?: string | null; currency?: string | null; compare?: string | null; as_of?: string | null; order?: string | ReadonlyArray<string | { by: string; desc?: boolean | null }> | null; limit?: number | string | null; cursor?: string | null } }; gives: MetricsAnswer }
  /** Ask for metrics, in the address (`GET /v1/metrics`) */
  getMetrics: { takes: { query: { measures: string; dimensions?: string; filter?: string | ReadonlyArray<string>; from?: string; to?: string; grain?: "hour" | "day" | "week" | "month" | "all"; time_zone?: string; currency?: string; compare?: "previous_period" | "previous_year"; as_of?: string; order?: string; limit?: string; cursor?: string; format?: string }; header?: { prefer?: string } }; gives: MetricsAnswer | undefined }
  /** Which numbers are others now than they were, and why (`GET /v1/changes`) */
  getChanges: { takes: { query: { since: string; measures?: string; from?: string; to?: string; filter?: string | ReadonlyArray<string>; cause?: string; limit?: string; cursor?: string; format?: string } }; gives: ChangesAnswer }
  /** Ask in SQL. One SELECT in ClickHouse’s dialect over the tenant’s views (`docs/sql.md`), with parameters `{name:Type}`. JSON holds at most 100,000 rows; the other formats are streamed. `format=ClickHouseJSON` is ClickHouse’s own shape. (`POST /v1/sql`) */
  querySql: { takes: { query?: { format?: string }; header?: { prefer?: string }; body: { sql: string; params?: { [name: string]: JsonValue } } }; gives: SqlAnswer }
  /** Save a question under a name. In `metrics` any value may be `{"parameter": "name"}`; SQL has placeholders `{name:Type}`. Each save of something else is a new version. Of a query in SQL the scope `sql:read` is needed besides. (`PUT /v1/queries/{name}`) */
  saveQuery: { takes: { path: { name: string }; body: { description?: string; parameters?: { [name: string]: { type: "text" | "integer" | "number" | "boolean" | "date" | "time"; list?: boolean; values?: ReadonlyArray<string | number | boolean>; default?: string | number | boolean | null | ReadonlyArray<string | number | boolean>; description?: string } }; metrics?: { [name: string]: JsonValue }; sql?: string } }; gives: SavedQuery }
  /** Questions that have a name (`GET /v1/queries`) */
  listQueries: { takes: {  }; gives: { queries: ReadonlyArray<{ name: string; version: number; saved_at: string; kind: "metrics" | "sql"; description: string | null }> } }
  /** A saved question. Of a query in SQL the scope `sql:read` is needed besides. (`GET /v1/queries/{name}`) */
  getQuery: { takes: { path: { name: string }; query?: { version?: string } }; gives: { description?: string; parameters: { [name: string]: { type: "text" | "integer" | "number" | "boolean" | "date" | "time"; list: boolean; values?: ReadonlyArray<string | number | boolean>; default?: string | number | boolean | null | ReadonlyArray<string | number | boolean>; description?: string } }; metrics?: { [name: string]: JsonValue }; sql?: string; name: string; version: number; saved_at: string; versions: ReadonlyArray<number> } }
  /** Ask a saved question. Besides what stands here, the query's own parameters by their names, which are never format, limit, cursor, version. Of a query in SQL the scope `sql:read` is needed besides. (`GET /v1/queries/{name}/run`) */
  runQuery: { takes: { path: { name: string }; query?: { version?: string; limit?: string; cursor?: string; format?: string }; header?: { prefer?: string } }; gives: MetricsAnswer | SqlAnswer | undefined }
  /** Delete a saved question with all its versions (`DELETE /v1/queries/{name}`) */
  deleteQuery: { takes: { path: { name: string } }; gives: undefined }
  /** Jobs (`GET /v1/jobs`) */
  listJobs: { takes: {  }; gives: { jobs: ReadonlyArray<{ id: string; kind: "metrics" | "sql"; state: "queued" | "running" | "done" | "failed"; format: string; created_at: string; started_at: string | null; finished_at: string | null; expires_at: string; rows?: number | null; bytes?: number; result?: string; problem?: Problem }> } }
  /** How a job stands. Of a query in SQL the scope `sql:read` is needed besides. (`GET /v1/jobs/{id}`) */
  getJob: { takes: { path: { id: string } }; gives: Job }
  /** What a job has answered. In the format that was asked for. A job that failed answers with why. Of a query in SQL the scope `sql:read` is needed besides. (`GET /v1/jobs/{id}/result`) */
  getJobResult: { takes: { path: { id: string } }; gives: unknown }
  /** End a job, or throw its result away. Of a query in SQL the scope `sql:read` is needed besides. (`DELETE /v1/jobs/{id}`) */
  cancelJob: { takes: { path: { id: string } }; gives: undefined }
  /** Alerts, the latest detected first (`GET /v1/alerts`) */
  listAlerts: { takes: { query?: { state?: string; kind?: string; metric?: string; scope?: string | ReadonlyArray<string>; since?: string; limit?: string; cursor?: string } }; gives: { alerts: ReadonlyArray<Alert>; next: string | null } }
  /** One alert with all its revisions (`GET /v1/alerts/{id}`) */
  getAlert: { takes: { path: { id: string } }; gives: { alert: Alert; revisions: ReadonlyArray<Alert> } }
  /** Alerts as they come, as server-sent events. Comes back after a break with `Last-Event-ID`. A browser, which cannot send a key, brings a ticket. (`GET /v1/alerts/stream`) */
  streamAlerts: { takes: { query?: { since?: string; ticket?: string }; header?: { "last-event-id"?: string } }; gives: undefined }
  /** A ticket that opens the stream once, for a browser (`POST /v1/alerts/tickets`) */
  createTicket: { takes: {  }; gives: { ticket: string; expires_at: string } }
  /** Say that somebody looks at it (`POST /v1/alerts/{id}/acknowledge`) */
  acknowledgeAlert: { takes: { path: { id: string }; header?: { "idempotency-key"?: string }; body: { by?: string } }; gives: { command: string; kind: string; [name: string]: unknown } }
  /** Tell nobody of it until a time (`POST /v1/alerts/{id}/snooze`) */
  snoozeAlert: { takes: { path: { id: string }; header?: { "idempotency-key"?: string }; body: { by?: string; until: string | null } }; gives: { command: string; kind: string; [name: string]: unknown } }
  /** Tell nobody of its metric and scope (`POST /v1/alerts/{id}/mute`) */
  muteAlert: { takes: { path: { id: string }; header?: { "idempotency-key"?: string }; body: { by?: string; until?: string | null } }; gives: { command: string; kind: string; [name: string]: unknown } }
  /** Say whether it was right (`POST /v1/alerts/{id}/feedback`) */
  judgeAlert: { takes: { path: { id: string }; header?: { "idempotency-key"?: string }; body: { by?: string; verdict: "anomaly" | "expected" | "not_anomaly" | "new_trend"; note?: string } }; gives: { command: string; kind: string; [name: string]: unknown } }
  /** Threshold rules (`GET /v1/alert-rules`) */
  listAlertRules: { takes: {  }; gives: { rules: ReadonlyArray<AlertRule> } }
  /** One rule (`GET /v1/alert-rules/{id}`) */
  getAlertRule: { takes: { path: { id: string } }; gives: AlertRule }
  /** Add a rule (`POST /v1/alert-rules`) */
  addAlertRule: { takes: { header?: { "idempotency-key"?: string }; body: { name?: string; metric: string; condition: { op: "above" | "below" | "drops_by" | "rises_by"; value: string }; scope?: { [name: string]: string }; grain: "5m" | "hour" | "day"; buckets?: number; volume_min?: number; enabled?: boolean; by?: string } }; gives: { command: string; kind: string; [name: string]: unknown } }
  /** Replace a rule (`PUT /v1/alert-rules/{id}`) */
  changeAlertRule: { takes: { path: { id: string }; header?: { "idempotency-key"?: string }; body: { name?: string; metric: string; condition: { op: "above" | "below" | "drops_by" | "rises_by"; value: string }; scope?: { [name: string]: string }; grain: "5m" | "hour" | "day"; buckets?: number; volume_min?: number; enabled?: boolean; by?: string } }; gives: { command: string; kind: string; [name: string]: unknown } }
  /** Remove a rule (`DELETE /v1/alert-rules/{id}`) */
  removeAlertRule: { takes: { path: { id: string }; header?: { "idempotency-key"?: string } }; gives: { command: string; kind: string; [name: string]: unknown } }
  /** How many alerts a rule would have raised (`POST /v1/alert-rules/dry-run`) */
  tryAlertRule: { takes: { body: { rule: { name?: string; metric: string; condition: { op: "above" | "below" | "drops_by" | "rises_by"; value: string }; scope?: { [name: string]: string }; grain: "5m" | "hour" | "day"; buckets?: number; volume_min?: number; enabled?: boolean }; from?: string; to?: string } }; gives: { from: string; to: string; alerts: number; judged: number; unjudged: number; episodes: ReadonlyArray<{ onset_at: string; ended_at: string | null; observed: string; expected: string | null; [name: string]: unknown }> } }
  /** What subscribers of alerts are sent (`GET /v1/asyncapi.json`) */
  asyncapi: { takes: {  }; gives: { asyncapi: string; [name: string]: unknown } }
  /** Sales, launches: what is expected (`GET /v1/expected-events`) */
  listExpectedEvents: { takes: {  }; gives: { events: ReadonlyArray<ExpectedEvent> } }
  /** Say that something is going to happen (`POST /v1/expected-events`) */
  addExpectedEvent: { takes: { header?: { "idempotency-key"?: string }; body: { title: string; scope?: { [name: string]: string }; from: string; to: string; by?: string } }; gives: { command: string; kind: string; [name: string]: unknown } }
  /** Take it back (`DELETE /v1/expected-events/{id}`) */
  removeExpectedEvent: { takes: { path: { id: string }; header?: { "idempotency-key"?: string } }; gives: { command: string; kind: string; [name: string]: unknown } }
  /** What nobody is told of (`GET /v1/alert-mutes`) */
  listAlertMutes: { takes: {  }; gives: { mutes: ReadonlyArray<{ id: string; metric: string | null; scope: { [name: string]: string }; until: string | null; by: string; [name: string]: unknown }> } }
  /** Tell of it again (`DELETE /v1/alert-mutes/{id}`) */
  removeAlertMute: { takes: { path: { id: string }; header?: { "idempotency-key"?: string } }; gives: { command: string; kind: string; [name: string]: unknown } }
  /** How many false alerts are put up with (`GET /v1/alert-settings`) */
  getAlertSettings: { takes: {  }; gives: { alerts_a_day: number | null } }
  /** Say how many false alerts a day are put up with (`PUT /v1/alert-settings`) */
  changeAlertSettings: { takes: { header?: { "idempotency-key"?: string }; body: { alerts_a_day: number; by?: string } }; gives: { command: string; kind: string; [name: string]: unknown } }
  /** Who is told of alerts (`GET /v1/webhooks`) */
  listWebhooks: { takes: {  }; gives: { webhooks: ReadonlyArray<Webhook> } }
  /** Tell an address of alerts (`POST /v1/webhooks`) */
  createWebhook: { takes: { body: { url: string; format?: "json" | "slack" | "email"; description?: string; filter?: { kinds?: ReadonlyArray<"anomaly" | "trend" | "threshold" | "fatigue">; states?: ReadonlyArray<"open" | "updated" | "resolved" | "retracted">; metrics?: ReadonlyArray<string>; severity_min?: "info" | "warning" | "critical"; scope?: { [name: string]: string } }; enabled?: boolean } }; gives: { id: string; url: string; format: string; description: string; filter: { [name: string]: unknown }; enabled: boolean; created_at: string; state: "active" | "paused" | "gone"; secret: string; [name: string]: unknown } }
  /** One of them (`GET /v1/webhooks/{id}`) */
  getWebhook: { takes: { path: { id: string } }; gives: Webhook }
  /** Change it (`PATCH /v1/webhooks/{id}`) */
  changeWebhook: { takes: { path: { id: string }; body: { url?: string; format?: "json" | "slack" | "email"; description?: string; filter?: { kinds?: ReadonlyArray<"anomaly" | "trend" | "threshold" | "fatigue">; states?: ReadonlyArray<"open" | "updated" | "resolved" | "retracted">; metrics?: ReadonlyArray<string>; severity_min?: "info" | "warning" | "critical"; scope?: { [name: string]: string } }; enabled?: boolean } }; gives: Webhook }
  /** Tell it nothing more (`DELETE /v1/webhooks/{id}`) */
  deleteWebhook: { takes: { path: { id: string } }; gives: undefined }
  /** A new secret beside the old one, which signs on for a while (`POST /v1/webhooks/{id}/rotate-secret`) */
  rotateWebhookSecret: { takes: { path: { id: string }; body: { overlap_hours?: number } }; gives: { secret: string } }
  /** Say everything since a time again (`POST /v1/webhooks/{id}/replay`) */
  replayWebhook: { takes: { path: { id: string }; body: { since: string } }; gives: { webhook: string } }
  /** Send a test now (`POST /v1/webhooks/{id}/test`) */
  testWebhook: { takes: { path: { id: string } }; gives: DeliveryAttempt }
  /** What was sent to it in the last 30 days, and how it went (`GET /v1/webhooks/{id}/deliveries`) */
  listDeliveries: { takes: { path: { id: string }; query?: { before?: string; limit?: string } }; gives: { deliveries: ReadonlyArray<DeliveryAttempt> } }
  /** Send one message again now (`POST /v1/webhooks/{id}/deliveries/{message}/replay`) */
  replayDelivery: { takes: { path: { id: string; message: string } }; gives: DeliveryAttempt }
  /** Which creatives wear out, when and why (`GET /v1/creatives/fatigue`) */
  listFatigue: { takes: { query?: { platform?: string; account?: string; creative?: string; limit?: string; grade?: "none" | "candidate" | "alert" | "urgent"; order?: "money" | "probability" } }; gives: { creatives: ReadonlyArray<CreativeFatigue>; model: ReadonlyArray<{ name: string; metric: string; horizon_days: number; matured: number; [name: string]: unknown }>; watermark: string | null } }
  /** One creative, day by day (`GET /v1/creatives/{id}/fatigue`) */
  getFatigue: { takes: { path: { id: string }; query?: { platform?: string; account?: string; days?: string } }; gives: { creative: string; accounts: ReadonlyArray<CreativeFatigue>; insufficient: { needs: string; [name: string]: unknown } | null; model: ReadonlyArray<{ name: string; metric: string; horizon_days: number; matured: number; [name: string]: unknown }>; watermark: string | null } }
  /** What a customer will be worth. The forecast of the newest origin with its quantiles, and `now`: means as of the last order, by the same parameters. (`GET /v1/customers/{id}/value`) */
  getCustomerValue: { takes: { path: { id: string }; query?: { source?: string; currency?: string } }; gives: { customer: string; values: ReadonlyArray<{ source: string; currency: string; model: string; origin: string; edition: number; watermark: string; insufficient: { needed: { [name: string]: unknown }; seen: { [name: string]: unknown }; [name: string]: unknown } | null; now: CustomerNow; forecasts: ReadonlyArray<{ horizon_days: number; matures_at: string; value: ForecastAmount; record: ModelRecord; [name: string]: unknown }>; [name: string]: unknown }> } }
  /** What groups of customers brought, cost and will bring. Cohorts add up to the total, draw by draw; quantiles of sums are not sums of quantiles. (`GET /v1/cohorts`) */
  listCohorts: { takes: { query?: { source?: string; currency?: string; by?: "week" | "segment" | "channel" | "campaign" } }; gives: { by: string; shops: ReadonlyArray<{ source: string; currency: string; model: string; origin: string; edition: number; watermark: string; insufficient: { needed: { [name: string]: unknown }; seen: { [name: string]: unknown }; [name: string]: unknown } | null; total: ReadonlyArray<{ horizon_days: number; matures_at: string; value: ForecastAmount; record: ModelRecord; [name: string]: unknown }>; cohorts: ReadonlyArray<CustomerGroup>; [name: string]: unknown }> } }
  /** What forecasts there are, and how they turned out (`GET /v1/models`) */
  listModels: { takes: {  }; gives: { models: ReadonlyArray<{ name: string; version: string; records: ReadonlyArray<{ matured: number; score: number | null; skill: number | null; coverage_80: number | null; coverage_90: number | null; log_ratio_mean: number | null; log_ratio_sd: number | null; model: string; entity_kind: string; metric: string; horizon_days: number }>; [name: string]: unknown }> } }
  /** Coverage, calibration and skill of a model, over time (`GET /v1/models/{name}/scores`) */
  getModelScores: { takes: { path: { name: string }; query?: { horizon_days?: string; entity_kind?: "shop" | "customer" | "cohort" | "segment" | "channel" | "campaign" | "creative"; metric?: string } }; gives: { model: string; records: ReadonlyArray<{ matured: number; score: number | null; skill: number | null; coverage_80: number | null; coverage_90: number | null; log_ratio_mean: number | null; log_ratio_sd: number | null; model: string; entity_kind: string; metric: string; horizon_days: number }>; over_time: ReadonlyArray<{ matured: number; score: number | null; skill: number | null; coverage_80: number | null; coverage_90: number | null; log_ratio_mean: number | null; log_ratio_sd: number | null; model: string; entity_kind: string; metric: string; horizon_days: number; origin: string }>; calibration: ReadonlyArray<{ metric: string; horizon_days: number; rows: ReadonlyArray<{ [name: string]: unknown }>; ece: number | null; [name: string]: unknown }> } }
  /** How far the pipelines are, and what there is of the tenant (`GET /v1/status`) */
  getStatus: { takes: {  }; gives: Status }
  /** Whether the process answers (`GET /livez`) */
  live: { takes: {  }; gives: { status: "ok" } }
  /** Whether it can do its work now, else why not (`GET /readyz`) */
  ready: { takes: {  }; gives: { status: "ok" } }
  /** Whether it was ready once (`GET /startupz`) */
  started: { takes: {  }; gives: { status: "ok" } }
  /** Measurements of the process, for Prometheus (`GET /metrics`) */
  prometheus: { takes: {  }; gives: undefined }
  /** This document (`GET /v1/openapi.json`) */
  openapi: { takes: {  }; gives: { openapi: string; [name: string]: unknown } }
  /** This document as a page (`GET /v1/docs`) */
  docs: { takes: {  }; gives: undefined }
  /** How the page looks (`GET /v1/docs.css`) */
  docsStyle: { takes: {  }; gives: undefined }
}

/** Method and address of each operation. */
export const ROUTES = {
  sendEvents: ['POST', '/v1/events'],
  shopifyWebhook: ['POST', '/v1/webhooks/shopify/{tenant}'],
  listSchemas: ['GET', '/v1/schemas'],
  queryMetrics: ['POST', '/v1/metrics'],
  getMetrics: ['GET', '/v1/metrics'],
  getChanges: ['GET', '/v1/changes'],
  querySql: ['POST', '/v1/sql'],
  saveQuery: ['PUT', '/v1/queries/{name}'],
  listQueries: ['GET', '/v1/queries'],
  getQuery: ['GET', '/v1/queries/{name}'],
  runQuery: ['GET', '/v1/queries/{name}/run'],
  deleteQuery: ['DELETE', '/v1/queries/{name}'],
  listJobs: ['GET', '/v1/jobs'],
  getJob: ['GET', '/v1/jobs/{id}'],
  getJobResult: ['GET', '/v1/jobs/{id}/result'],
  cancelJob: ['DELETE', '/v1/jobs/{id}'],
  listAlerts: ['GET', '/v1/alerts'],
  getAlert: ['GET', '/v1/alerts/{id}'],
  streamAlerts: ['GET', '/v1/alerts/stream'],
  createTicket: ['POST', '/v1/alerts/tickets'],
  acknowledgeAlert: ['POST', '/v1/alerts/{id}/acknowledge'],
  snoozeAlert: ['POST', '/v1/alerts/{id}/snooze'],
  muteAlert: ['POST', '/v1/alerts/{id}/mute'],
  judgeAlert: ['POST', '/v1/alerts/{id}/feedback'],
  listAlertRules: ['GET', '/v1/alert-rules'],
  getAlertRule: ['GET', '/v1/alert-rules/{id}'],
  addAlertRule: ['POST', '/v1/alert-rules'],
  changeAlertRule: ['PUT', '/v1/alert-rules/{id}'],
  removeAlertRule: ['DELETE', '/v1/alert-rules/{id}'],
  tryAlertRule: ['POST', '/v1/alert-rules/dry-run'],
  asyncapi: ['GET', '/v1/asyncapi.json'],
  listExpectedEvents: ['GET', '/v1/expected-events'],
  addExpectedEvent: ['POST', '/v1/expected-events'],
  removeExpectedEvent: ['DELETE', '/v1/expected-events/{id}'],
  listAlertMutes: ['GET', '/v1/alert-mutes'],
  removeAlertMute: ['DELETE', '/v1/alert-mutes/{id}'],
  getAlertSettings: ['GET', '/v1/alert-settings'],
  changeAlertSettings: ['PUT', '/v1/alert-settings'],
  listWebhooks: ['GET', '/v1/webhooks'],
  createWebhook: ['POST', '/v1/webhooks'],
  getWebhook: ['GET', '/v1/webhooks/{id}'],
  changeWebhook: ['PATCH', '/v1/webhooks/{id}'],
  deleteWebhook: ['DELETE', '/v1/webhooks/{id}'],
  rotateWebhookSecret: ['POST', '/v1/webhooks/{id}/rotate-secret'],
  replayWebhook: ['POST', '/v1/webhooks/{id}/replay'],
  testWebhook: ['POST', '/v1/webhooks/{id}/test'],
  listDeliveries: ['GET', '/v1/webhooks/{id}/deliveries'],
  replayDelivery: ['POST', '/v1/webhooks/{id}/deliveries/{message}/replay'],
  listFatigue: ['GET', '/v1/creatives/fatigue'],
  getFatigue: ['GET', '/v1/creatives/{id}/fatigue'],
  getCustomerValue: ['GET', '/v1/customers/{id}/value'],
  listCohorts: ['GET', '/v1/cohorts'],
  listModels: ['GET', '/v1/models'],
  getModelScores: ['GET', '/v1/models/{name}/scores'],
  getStatus: ['GET', '/v1/status'],
  live: ['GET', '/livez'],
  ready: ['GET', '/readyz'],
  started: ['GET', '/startupz'],
  prometheus: ['GET', '/metrics'],
  openapi: ['GET', '/v1/openapi.json'],
  docs: ['GET', '/v1/docs'],
  docsStyle: ['GET', '/v1/docs.css'],
} as const satisfies Readonly<Record<keyof Operations, readonly [method: string, path: string]>>
