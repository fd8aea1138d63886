import type { CommandRow } from './command.ts'

/**
 * Every command of `omnify`, in the order of the help text. Adding one: a file in `commands/` that exports `run`
 * (see `Command` in `command.ts`) and a row here.
 */
export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'up',
    summary: 'start everything in one process: collector, pipelines, query API, store',
    usage: [''],
    options: {},
    load: () => import('./commands/up.ts'),
  },
  {
    name: 'run',
    summary: 'start one role: any number of each with Kafka, only the store without it',
    usage: ['ingest|pipelines|query|store'],
    args: { min: 1, max: 1, first: ['ingest', 'pipelines', 'query', 'store'] },
    options: {},
    load: () => import('./commands/run.ts'),
  },
  {
    name: 'import',
    summary: 'import files; returns when their rows can be queried',
    usage: ['FILE… --mapping NAME|PATH [--tenant T] [--currency C] [--zone Z]'],
    args: { min: 1, max: 1_000 },
    options: {
      mapping: { value: 'NAME|PATH', help: 'How the lines become events: a shipped mapping by name, or a file.' },
      tenant: { value: 'T', help: 'Whose data; demo when unset.' },
      currency: { value: 'CODE', help: "Instead of the mapping's currency." },
      zone: { value: 'ZONE', help: "Instead of the mapping's time zone." },
    },
    load: () => import('./commands/import.ts'),
  },
  {
    name: 'replay',
    summary: 'send dead letters again after a fix',
    usage: ['[--tenant T] [--code CODE] [--set PATH=VALUE]…'],
    options: {
      tenant: { value: 'T', help: 'Whose dead letters; demo when unset.' },
      code: { value: 'CODE', help: 'Only those that failed with this code.' },
      set: { value: 'PATH=VALUE', many: true, help: 'Put a value in before sending, such as data/total=12.00.' },
    },
    load: () => import('./commands/replay.ts'),
  },
  {
    name: 'trace',
    summary: 'where one event is: log, facts, windows or dead letters, as JSON (docs/trace.md)',
    usage: ['ID [--tenant T] [--source S] [--type T] [--whole-log]'],
    args: { min: 1, max: 1 },
    options: {
      tenant: { value: 'T', help: 'Whose event; demo when unset.' },
      source: { value: 'S', help: 'Only of this source.' },
      type: { value: 'TYPE', help: 'Only of this event type, such as order.observed.' },
      'whole-log': { help: 'Read all that the log keeps, which finds duplicates too.' },
    },
    load: () => import('./commands/trace.ts'),
  },
  {
    name: 'rebuild',
    summary: 'recompute what a pipeline derives, beside what is there, and swap what differs in (docs/rebuild.md)',
    usage: ['facts --from T [--dry-run]'],
    args: { min: 1, max: 1, first: ['facts'] },
    options: {
      from: { value: 'T', help: 'Windows of this local day and later: 2026-01-31, or an instant in RFC 3339.' },
      'dry-run': { help: 'Only print what would change.' },
    },
    load: () => import('./commands/rebuild.ts'),
  },
  {
    name: 'tenants',
    summary: 'add a tenant with its API key, or list all',
    usage: ['add T --currency C --zone Z', 'list'],
    args: { min: 1, max: 2, first: ['add', 'list'] },
    options: {
      currency: { value: 'CODE', help: 'The currency of its reports, ISO 4217.' },
      zone: { value: 'ZONE', help: 'Its time zone (IANA), where an event names none.' },
    },
    load: () => import('./commands/tenants.ts'),
  },
  {
    name: 'erase',
    summary: 'make the personal data of one subject unreadable for ever',
    usage: ['--tenant T --subject ID'],
    options: {
      tenant: { value: 'T', help: 'Whose data.' },
      subject: { value: 'ID', help: 'A customer or visitor id, an e-mail, or a phone with its + or separators.' },
    },
    load: () => import('./commands/erase.ts'),
  },
  {
    name: 'world',
    summary: 'write a simulated world with its exact truth, or inject a cause into the one that runs',
    usage: ['--seed S --days N --out DIR', 'inject KIND --scope platform=tiktok --size 0.5 --hours 6'],
    args: { min: 0, max: 2, first: ['inject'] },
    options: {
      seed: { value: 'S', help: 'A number, or known-answer.' },
      days: { value: 'N', help: "Days of history; they end with 2025. Unset: the world's own." },
      out: { value: 'DIR', help: 'Where events.ndjson and truth.ndjson go.' },
      scope: { value: 'FIELD=VALUE', many: true, help: 'Where: platform, campaign, ad, creative, country, product, …' },
      size: { value: 'X', help: 'How much: 0.5 is half of the conversions lost, of the bid added, and so on.' },
      hours: { value: 'H', help: 'For how long, in hours of world time.' },
    },
    load: () => import('./commands/world.ts'),
  },
  {
    name: 'detect',
    summary: 'score a series for anomalies: timestamp,value lines on stdin, with score and alert on stdout',
    usage: ['< SERIES.csv'],
    options: {},
    load: () => import('./commands/detect.ts'),
  },
  {
    name: 'explain',
    summary: 'find the root causes in a cube: dimension columns and real,predict as CSV on stdin, JSON on stdout',
    usage: ['< CUBE.csv'],
    options: {},
    load: () => import('./commands/explain.ts'),
  },
  {
    name: 'docs',
    summary: 'write the pages of docs/ that are made from tables in the code',
    usage: ['', '--check'],
    options: { check: { help: 'Write nothing; fail when a page is not what the code says.' } },
    load: () => import('./commands/docs.ts'),
  },
  {
    name: 'bench',
    summary: 'measure: each benchmark prints one line of JSON (benchmarks/README.md tells what they are)',
    usage: ['NAME… [--record]', 'all', 'readme'],
    args: { min: 1, max: 20 },
    options: {
      record: { help: 'Keep the result in benchmarks/results/NAME.json; "all" always does.' },
      events: { value: 'N', help: "How many events, instead of the benchmark's own number." },
      seconds: { value: 'S', help: 'How long to measure.' },
      runs: { value: 'N', help: 'How many runs the median is of.' },
      rate: { value: 'N', help: 'Events per second that are sent meanwhile.' },
      log: { value: 'LOG', help: 'ysb, nexmark: embedded or kafka, instead of both.' },
      facts: { help: 'ysb: every event is kept as a row too.' },
      topic: { value: 'T', help: 'ysb: reads this topic of KAFKA_BROKERS instead of input of its own.' },
      file: { value: 'F', help: 'ysb: puts the lines of this file on the log instead.' },
      ads: { value: 'FILE', help: 'ysb: campaign by ad, as JSON, for --topic and --file.' },
      truth: { value: 'FILE', help: 'ysb: views by campaign and window, as JSON; --file can do without.' },
      out: { value: 'DIR', help: 'ysb: only writes its input as files, for other engines.' },
    },
    load: () => import('./commands/bench.ts'),
  },
]
