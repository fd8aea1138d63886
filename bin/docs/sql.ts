import { SERVER_MIN } from '../../pipelines/store/server-version.ts'
import { tenantUser, VIEWED_TABLES } from '../../query-api/sql/views/tenant-user.ts'
import { ALL_SCOPES, SCOPES } from '../../schemas/scopes.ts'
import type { SqlView } from '../../schemas/sql/view.ts'
import { SQL_VIEWS } from '../../schemas/sql/views.ts'
import { code, page, table } from './markdown.ts'

export function sqlPage(): string {
  return page(
    'SQL',
    'What `POST /v1/sql` answers: one SELECT in the language of ClickHouse over the views below, each with the rows of ' +
      'the tenant whose key was sent. NULL is what is not known. Amounts end in `_micros`: millionths of `currency`. ' +
      '`day` is the local date of the account or shop.',
    'schemas/sql and schemas/scopes.ts',
    [USE, '## Views', ...SQL_VIEWS.map(section), SERVER, scopes()].join('\n\n'),
  )
}

const USE = `\`\`\`
curl -s http://127.0.0.1:4000/v1/sql -H "Authorization: Bearer $(cat .omnify/key)" -H 'Content-Type: application/json' \\
  -d '{"sql": "SELECT platform, sum(spend_micros) / 1e6 AS spend FROM windows WHERE slice = {slice:String} AND day >= {since:Date} GROUP BY platform",
       "params": {"slice": "ad|country", "since": "2025-12-01"}}'
\`\`\`

The answer is \`{"columns":[{"name","type"}],"rows":[[…]],"rows_read","watermark","query_id"}\`: 64-bit integers and
decimals are texts, NaN is null, times are RFC 3339 in UTC. \`?format=\` or Accept ask for \`ndjson\`, \`csv\` (texts that
a spreadsheet would take for formulas begin with an apostrophe), \`arrow\`, \`parquet\`, which are streamed, or
\`ClickHouseJSON\`.

- One delivery may be reported in several slices: the world's ads of a day by country, and hour by hour meanwhile. A sum over \`windows\`
  or \`facts_delivery\` names the slice it is of; \`/v1/metrics\` chooses one by itself. Orders and refunds have the slice \`commerce\`.
- \`rows_read\` is what the store read, rounded up to whole granules of 8,192 rows: tenants share some, and the exact number
  would tell of others. \`ClickHouseJSON\` comes without \`statistics\` for the same reason.
- Parameters stand in the text as \`{name:Type}\` and are values whatever they hold; a type to cast to and the name of an
  aggregate function stand in the text itself.
- In texts a backslash is written \`\\\\\`, a quote \`\\'\` or \`''\`, white space \`\\n\`, \`\\t\`, \`\\r\`; patterns have their \`\\d\`, \`\\w\`
  and the like. Other escapes are refused.
- One statement. No SETTINGS, FORMAT, INTO OUTFILE, PREWHERE, FINAL, SAMPLE; no table functions, no names of databases; the
  functions are those that compute from their arguments (query-api/sql/gate/functions.ts lists them).
- A refusal (\`sql_refused\`) and an error (\`sql_invalid\`) name line and column where they can.
- 30 s (300 s for what is streamed), 600 MB, 500 million rows read, 100,000 rows or 16 MiB as JSON, 3 statements of a tenant at once; beyond it there is an error, never a cut
  answer.
- Filters are computed above the view, not within it: a filter on \`day\` spares \`windows\`, \`touches\` and
  \`web_events\` most of their rows, while the other views first find the newest observation of everything.`

const SERVER = `## On a ClickHouse server

The gate is one wall; on a server the grants of a user are another. Each tenant's views lie in a database of their own
(\`SHOW DATABASES LIKE 'omnify_sql_%'\`). The user that Omnify itself logs in with needs, beside its own database:

\`\`\`sql
GRANT CREATE DATABASE, CREATE VIEW, SELECT ON omnify_sql_*.* TO omnify;
GRANT SELECT ON system.functions, SELECT ON system.table_functions, SELECT ON system.databases, SELECT ON system.settings, SELECT ON system.processes, SELECT ON system.tables, SELECT ON system.parts TO omnify;
REVOKE FILE, URL, REMOTE, S3, MYSQL, POSTGRES, MONGO, ODBC, JDBC, HDFS, SYSTEM, INTROSPECTION ON *.* FROM omnify;
\`\`\`

The server must be ClickHouse ${SERVER_MIN} or newer (it has \`query_plan_merge_filters\`): an older one is refused at the
start.

Analysts who log in to the server itself get a user for each tenant, with a profile, grants and row policies. For tenant
\`demo\`, as an administrator:

\`\`\`sql
${tenantUser({ database: 'omnify', tenant: 'demo', password: '…', house: 'omnify' }, ['fact_orders']).join(';\n')};
\`\`\`

The last three are needed for every table below the views: ${VIEWED_TABLES.map(code).join(', ')}.

The embedded engine reads these statements and has no users to try them with; nobody has run them on a server
(\`OMNIFY_TEST_CLICKHOUSE_URL\` with \`npm test -- test/query-api/sql\` does).`

function section({ columns, name, summary }: SqlView): string {
  return `### ${code(name)}\n\n${summary}\n\n${table(
    ['Column', 'What'],
    columns.map((column) => [code(column.name), column.about]),
  )}`
}

function scopes(): string {
  const rows = ALL_SCOPES.map((scope) => [code(scope), SCOPES[scope]])
  return `## Scopes of API keys\n\n\`omnify keys create --tenant T --scopes sql:read --expires 90d\`\n\n${table(['Scope', 'Opens'], rows)}`
}
