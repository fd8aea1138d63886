/**
 * Every error that leaves Omnify under a code: in problem+json answers, in per-item rejections of the collector, in
 * dead letters and in `failed_events`. `docs/errors.md` is made from this table.
 */
type ErrorRow = {
  /** HTTP status when the whole request fails with this code, or when it is the only reason of a rejected batch. */
  readonly status: number
  /** A few words, the same for every occurrence. */
  readonly title: string
  /** What happened and what the sender can do. */
  readonly meaning: string
  /** Whether the same request may succeed later, unchanged. */
  readonly retryable: boolean
}

export const ERRORS = {
  // The request as a whole.
  bad_request: row(400, 'Bad request', 'The request cannot be read: a header, a parameter or the encoding is wrong.'),
  invalid_json: row(400, 'Invalid JSON', 'The body, or a line of it, is not JSON. The path names the line.'),
  unauthorized: row(401, 'Unauthorized', 'The API key is missing or unknown. Send it as `Authorization: Bearer KEY`.'),
  bad_hmac: row(401, 'Bad signature', 'The HMAC of the webhook does not match its raw body and our secret.'),
  forbidden: row(403, 'Forbidden', 'The key is valid but does not open this tenant or this operation.'),
  not_found: row(404, 'Not found', 'Nothing is served under this path, or the thing it names does not exist.'),
  method_not_allowed: row(
    405,
    'Method not allowed',
    'The path exists, but not with this method; see the Allow header.',
  ),
  not_acceptable: row(406, 'Not acceptable', 'None of the formats asked for is served here.'),
  request_timeout: row(408, 'Request timeout', 'The body did not arrive in time. Nothing of it was taken.', true),
  body_too_large: row(413, 'Body too large', 'The body passes the limit (5 MB, also after decompression). Split it.'),
  too_many_events: row(413, 'Too many events', 'The body holds more events than one request may. Split it.'),
  url_too_long: row(414, 'Address too long', 'The path and query of a request have at most 8,192 characters.'),
  headers_too_large: row(
    431,
    'Headers too large',
    'The headers of a request have at most 16 KB, its address included.',
  ),
  unsupported_media_type: row(
    415,
    'Unsupported media type',
    'The content type or encoding is not one that is read here.',
  ),
  rate_limited: row(429, 'Rate limited', 'Too many requests. Send again after the seconds in Retry-After.', true),
  log_slow: row(429, 'Log slow', 'The log cannot keep up and nothing was taken. Send again after Retry-After.', true),

  // One event, line or record.
  malformed_line: row(422, 'Malformed line', 'A line does not have the shape that its mapping or format declares.'),
  invalid_event: row(422, 'Invalid event', 'The event is not an object of the envelope’s shape.'),
  missing_field: row(422, 'Missing field', 'A field that this type needs is absent. The path names it.'),
  unknown_field: row(
    422,
    'Unknown field',
    'A field that this type does not have. Often a typing error; the path names it.',
  ),
  invalid_field: row(422, 'Invalid field', 'The value of a field is not of its type or outside of its bounds.'),
  control_character: row(422, 'Control character', 'A text holds a control character (U+0000 to U+001F, U+007F).'),
  unknown_type: row(422, 'Unknown type', 'No event type has this name. `GET /v1/schemas` lists them.'),
  unsupported_version: row(
    422,
    'Unsupported version',
    'This version of the type is newer than this engine, or was never.',
  ),
  time_out_of_range: row(
    422,
    'Time out of range',
    'A time lies before 1990-01-01 or more than a day ahead of the clock.',
  ),
  money_out_of_range: row(
    422,
    'Money out of range',
    'An amount is not finite or its micros reach 2^62. It is never clamped.',
  ),
  currency_missing: row(422, 'Currency missing', 'Neither the record nor its mapping says in which currency it is.'),
  zone_missing: row(
    422,
    'Time zone missing',
    'Neither the record nor its mapping says in which time zone its days are.',
  ),
  tenant_mismatch: row(422, 'Tenant mismatch', 'The body names another tenant than the one whose key was used.'),
  id_conflict: row(
    422,
    'Id conflict',
    'An event of the same id came before with other content, and its type has no later observations.',
  ),
  event_too_large: row(413, 'Event too large', 'One event is larger than 1 MB.'),
  decryption_failed: row(500, 'Decryption failed', 'A personal field cannot be opened with the keys at hand.'),

  // A question to the query API.
  unknown_measure: row(400, 'Unknown measure', 'No measure has this name.'),
  unknown_dimension: row(400, 'Unknown dimension', 'No dimension has this name.'),
  unknown_filter: row(400, 'Unknown filter', 'The field or the operator of a filter does not exist.'),
  incompatible: row(
    400,
    'Incompatible',
    'This measure has no values along this dimension, so the rows would be made up.',
  ),
  non_additive: row(400, 'Not additive', 'The measure cannot be added along what was asked (reach over days, say).'),
  currency_mix: row(
    400,
    'Currencies mixed',
    'The order or filter compares money of several currencies. Ask for one `currency`.',
  ),
  not_hourly: row(400, 'Not hourly', 'A time zone or the grain hour was asked of a measure that has no hourly rows.'),
  bad_range: row(400, 'Bad range', '`from` and `to` are not dates, or `to` (exclusive) is not after `from`.'),
  bad_grain: row(400, 'Bad grain', 'The grain is unknown, or differs from the time dimension that was asked too.'),
  bad_time_zone: row(400, 'Bad time zone', 'Not a name of the IANA time zone database.'),
  bad_currency: row(400, 'Bad currency', 'Not an ISO 4217 code.'),
  bad_compare: row(400, 'Bad comparison', 'Not one of the comparisons, or there is no range to shift.'),
  bad_as_of: row(400, 'Bad as_of', 'Not an RFC 3339 time.'),
  bad_order: row(
    400,
    'Bad order',
    'The order names something that is neither a measure nor a dimension of the question.',
  ),
  bad_limit: row(400, 'Bad limit', 'The limit is not a whole number within its bounds.'),
  bad_parameter: row(
    400,
    'Bad parameter',
    'A parameter of a saved query is missing, unknown or not of its type; or it is declared and not used, or used and not declared.',
  ),
  job_not_done: row(409, 'Job not done', 'The job has no result yet. Ask for its state until it is done.'),
  job_lost: row(503, 'Job lost', 'The process that worked on the job has ended. Ask the question again.', true),
  bad_cursor: row(
    400,
    'Bad cursor',
    'The cursor was not made for this question of this tenant. Ask without it, or with all the rest as it was.',
  ),
  query_too_costly: row(
    400,
    'Query too costly',
    'The question would read more rows than its budget. The answer has both numbers: narrow it, or, for metrics, ask with `Prefer: respond-async`.',
  ),
  too_many_rows: row(400, 'Too many rows', 'The answer would pass the row limit. Narrow the question or set a limit.'),
  sql_refused: row(
    400,
    'Statement refused',
    'SQL: one SELECT over the documented views, with the functions that are served. The detail names line and column.',
  ),
  sql_invalid: row(400, 'Statement invalid', 'SQL: the statement cannot be run as it is. The detail says why.'),
  query_too_large: row(
    400,
    'Question too large',
    'SQL: the statement needs more memory than one may have. Narrow it, or group and join less at once.',
  ),
  sql_closed: row(
    503,
    'SQL closed',
    'The SQL API did not pass its own test at the start and stays closed. The log of the engine says why.',
  ),
  query_timeout: row(
    503,
    'Query timeout',
    'The question took longer than it may. Narrow it, or ask again when less is going on.',
    true,
  ),

  // What we depend on.
  not_ready: row(503, 'Not ready', 'The engine is starting or stopping. `/readyz` says what it waits for.', true),
  overloaded: row(
    503,
    'Overloaded',
    'More questions are asked than this process can answer now. Ask again after Retry-After.',
    true,
  ),
  log_full: row(
    503,
    'Log full',
    'Less than 5 % of the disk is free, or the log cannot write. Nothing was taken.',
    true,
  ),
  log_unavailable: row(503, 'Log unavailable', 'The log does not answer. Nothing was taken.', true),
  store_unavailable: row(
    503,
    'Store unavailable',
    'The store does not answer. It is restarted or reconnected by itself.',
    true,
  ),
  store_rejected: row(
    500,
    'Store rejected',
    'The store refused a row that we had accepted. The record is kept as a dead letter.',
  ),

  identity_unavailable: row(
    503,
    'Identity unavailable',
    'The keys that tokens are signed with cannot be had from their issuer now, so nobody can say whether the token is right.',
    true,
  ),

  // Inside the log; seen by operators only.
  fenced: row(503, 'Fenced', 'Another member of the group has taken this partition. Its work goes on there.', true),
  log_closed: row(503, 'Log closed', 'The log was closed while it was used: the engine is stopping.', true),
  log_locked: row(503, 'Log locked', 'Another engine runs on this OMNIFY_HOME. Stop it, or choose another home.'),
  log_corrupt: row(500, 'Log corrupt', 'A frame of the log does not match its checksum, and it is not a torn tail.'),
  format_too_new: row(500, 'Format too new', 'A newer Omnify wrote this home. Start that one, or choose another home.'),
  offset_out_of_range: row(404, 'Offset out of range', 'The log no longer holds, or does not yet hold, this offset.'),
  record_too_large: row(413, 'Record too large', 'One record is larger than the log takes.'),
  unknown_topic: row(404, 'Unknown topic', 'The log has no topic of this name.'),

  internal: row(
    500,
    'Internal error',
    'Our own mistake. The log of the engine has the details under the request’s id.',
  ),
} as const satisfies Readonly<Record<string, ErrorRow>>

export type ErrorCode = keyof typeof ERRORS

/** Content type of the bodies that `problem` makes. */
export const PROBLEM_TYPE = 'application/problem+json'

export type Problem = {
  /** `urn:omnify:error:CODE` */
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: ErrorCode
  readonly detail: string
  readonly [extension: string]: unknown
}

/**
 * The body of an error answer as in RFC 9457 (problem details).
 *
 * @param detail what is wrong with this very request; must hold no secret and no personal data
 * @param extra extension members, such as `path` or `limit`; they never replace the standard ones
 */
export function problem(code: ErrorCode, detail: string, extra: Readonly<Record<string, unknown>> = {}): Problem {
  const { status, title } = ERRORS[code]
  return { ...extra, type: `urn:omnify:error:${code}`, title, status, code, detail }
}

/** Whether a text, from a store row or a dead letter say, is a code of the table. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text)
}

function row(status: number, title: string, meaning: string, retryable = false): ErrorRow {
  return { status, title, meaning, retryable }
}
