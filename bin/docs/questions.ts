import { ANSWER_BYTES_MAX, BYTES_MAX } from '../../query-api/cache/answers.ts'
import { CAUSE_TEXTS, CAUSES } from '../../query-api/changes/causes.ts'
import { OBSERVATIONS_MAX } from '../../query-api/changes/touched.ts'
import { JOB_LIMITS } from '../../query-api/jobs/job.ts'
import { JOB_ROWS_MAX, ROWS_MAX } from '../../query-api/metrics/cost.ts'
import { LIMIT_MAX } from '../../query-api/metrics/request.ts'
import { ROWS_DEFAULT_MAX } from '../../query-api/metrics/shape.ts'
import { GROUPS_MAX } from '../../query-api/metrics/sums.ts'
import { PARAMETER_TYPES, RESERVED } from '../../query-api/saved/parameters.ts'
import { SAVED_MAX } from '../../query-api/saved/saved-store.ts'
import { SQL_LIMITS } from '../../query-api/sql/limits.ts'
import { code, page, table } from './markdown.ts'

export function questionsPage(): string {
  return page(
    'Questions',
    'How questions are asked and answered, whatever they are about: pages, tags, budgets, jobs, saved queries, and what ' +
      'has changed. What measures mean is in [metrics](metrics.md), what SQL may be in [SQL](sql.md).',
    'the limits and lists in query-api',
    [PAGES, TAGS, BUDGETS, JOBS, SAVED, CHANGES, AS_OF].join('\n\n'),
  )
}

const count = (n: number) => n.toLocaleString('en-US')
const mb = (bytes: number) => `${bytes / 1024 / 1024} MB`

const PAGES = `## Formats and pages

${code('?format=')} or ${code('Accept')}: JSON, NDJSON, CSV, Arrow stream, Parquet; SQL also ClickHouse's own JSON. In CSV a text that
a spreadsheet would take for a formula begins with an apostrophe. What has no place beside the rows is in headers:
${code('X-Omnify-Watermark')}, ${code('X-Omnify-Query-Id')}, ${code('X-Omnify-Next-Cursor')}.

Nothing is cut that nobody asked to cut: without a ${code('limit')} more than ${count(ROWS_DEFAULT_MAX)} rows are refused
(${code('too_many_rows')}, with ${code('rows')} and ${code('rows_max')}). With one (at most ${count(LIMIT_MAX)}; ${count(GROUPS_MAX)} rows are the most that a question may
have in all) the answer has ${code('next_cursor')} where rows were left out; the same question with ${code('cursor=')} goes on behind
the last row. A cursor is a place and not a number of rows: none comes twice and none is skipped when others come or go
meanwhile. It is signed for its tenant and question; only the limit may be another.`

const TAGS = `## Asking again

Answers for metrics have a weak ${code('ETag')}; a GET that sends it as ${code('If-None-Match')} is answered 304 while rows and watermark
are the same. Answers are also held in memory (${mb(BYTES_MAX)} in all, ${mb(ANSWER_BYTES_MAX)} each) until anything is
committed that could change them, so nothing held is older than what was committed when it was asked for, and equal
questions that come at the same time are worked out once. ${code('X-Omnify-Cache')} says how an answer was come by: ${code('hit')},
${code('shared')}, ${code('miss')} or ${code('off')}. ${code('Cache-Control: no-cache')} asks the store. What has changed is known from the embedded log or, where
the log is a broker, from the parts of the store's tables: one short statement for all who ask meanwhile, for which the
store's user needs ${code('SELECT ON system.parts')}. Where replicas answer in turn nothing is held.

Who goes away ends the store's work for him, unless others wait for the same.`

const BUDGETS = `## What a question may cost

Before a question for metrics runs, the rows that it would read are estimated from what is known of the tables: their
sizes, and where those do not settle it, the tenant's rows by day. Above ${count(ROWS_MAX)} rows it is refused
(${code('query_too_costly')}, with ${code('rows_estimated')} and ${code('rows_max')}); as a job it may read ${count(JOB_ROWS_MAX)}. Questions that are answered from
days in memory cost nothing. What is as of another time, in one currency, by product or about customers is read from
the facts: all of the tenant's, and the days of the range once more.

A statement in SQL is estimated by the sizes of the tables below its views, as often as it reads them, and of tables above
a million rows by the tenant's own rows. Where that passes ${count(SQL_LIMITS.rows_read_max)} rows the engine plans it, and what still passes
it is refused in the same words. What a statement reads is charged to the tenant's limit of rows a minute: as the store
counts it in JSON, as it was estimated where the answer is streamed. Processor time is charged as the embedded store
measures it, to the end of a stream too; of a server it is the time until the answer begins, and of a statement that
fails the time until then.`

const JOBS = `## Jobs

${code('Prefer: respond-async')} with any question (metrics, SQL, saved) answers 202 with ${code('Location: /v1/jobs/ID')}. ${code('GET')} there
says how it stands, ${code('GET /v1/jobs/ID/result')} sends the answer as it would have come at once, ${code('DELETE')} ends it or throws
its result away. Of a question in SQL the scope ${code('sql:read')} is needed too.

${table(
  ['Limit', ''],
  [
    ['in one process', `${JOB_LIMITS.running_max} running, ${JOB_LIMITS.running_per_tenant_max} of one tenant`],
    ['of one tenant', `${JOB_LIMITS.kept_per_tenant_max} jobs, ${mb(JOB_LIMITS.kept_bytes_per_tenant_max)} of results`],
    ['a result', mb(JOB_LIMITS.result_bytes_max)],
    ['kept for', `${JOB_LIMITS.kept_ms / 60_000} minutes from when it was asked`],
  ],
)}

How jobs stand and what they answered is in the store, so every process can say it. The work is in one process: when that
ends, the job has failed with ${code('job_lost')}.`

const SAVED = `## Saved queries

${code('PUT /v1/queries/NAME')} saves a question under a name (scope ${code('queries:write')}), ${code('GET /v1/queries/NAME/run?parameter=value')} asks
it. Each save of something else is a new version; ${code('version=')} asks an older one; ${code('DELETE')} deletes all of them. At most
${SAVED_MAX} names a tenant. A statement in SQL is judged when it is saved, as if it were asked: what it may not say, and names that
there are not, are refused with line and column.

\`\`\`json
{
  "description": "Spend of a platform",
  "parameters": { "platform": { "type": "text", "values": ["meta", "tiktok"] }, "from": { "type": "date", "default": null } },
  "metrics": {
    "measures": ["spend"],
    "grain": "week",
    "filters": [{ "field": "platform", "op": "eq", "value": { "parameter": "platform" } }],
    "from": { "parameter": "from" }
  }
}
\`\`\`

A parameter is ${PARAMETER_TYPES.map(code).join(', ')}, or a ${code('list')} of one; ${code('values')} are the only ones that it may have; without a ${code('default')} it
must be given. In ${code('metrics')} any value may be ${code('{"parameter": "name"}')}; a field whose value is null is left out. With
${code('sql')} in place of ${code('metrics')} they are its placeholders ${code('{name:Type}')}. Values are bound, never written into a text. A run
takes ${RESERVED.map(code).join(', ')} besides (a statement has limits of its own).`

const CHANGES = `## What has changed

${code('GET /v1/changes?since=T')} lists every number by day and platform that is another one now than it was as of T: ${code('day')},
${code('platform')}, ${code('measure')}, ${code('old')}, ${code('new')}, ${code('cause')} (that of most observations; ${code('other_causes')} has the rest), ${code('facts')} (how many
things were observed anew), ${code('currency')} and ${code('finality')}. ${code('old')} is what ${code('/v1/metrics')} answers ${code('as_of')} T, ${code('new')} what it answers
now. ${code('measures')} (all sums when not given; ratios too), ${code('from')}, ${code('to')}, ${code('filter')} by platform or currency, ${code('cause')}, ${code('limit')} and
${code('cursor')} narrow it. Ask next with ${code('next_since')}: nothing is missed, and something may be told twice. At most ${count(OBSERVATIONS_MAX)}
things may have been observed since T.

${table(
  ['Cause', ''],
  CAUSES.map((cause) => [code(cause), CAUSE_TEXTS[cause]]),
)}

Erasing a person changes no number: it destroys a key, and nothing else.`

const AS_OF = `## As it was known

What was known at T had been observed by then and had been received by then. Of a source that was connected after T
only its own times can tell: else a history that is imported today would have no past.`
