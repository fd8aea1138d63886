import { setTimeout as sleep } from 'node:timers/promises'
import { type AlertCommand, parseAlertCommand } from '../../schemas/alert-commands.ts'
import type { AlertRecord } from '../../schemas/alerts.ts'
import { TOPICS } from '../../schemas/topics.ts'
import { DAY_MS, HOUR_MS } from '../../schemas/zone.ts'
import { isEnded, obey } from '../alerts/commands.ts'
import { parentOf } from '../alerts/family.ts'
import { type Journal, openJournal } from '../alerts/journal.ts'
import { isMuted } from '../alerts/mutes.ts'
import type { Entry } from '../feed/feed.ts'
import { raiseGeneration, type Writer } from '../runner/fence.ts'
import type { StageDeps } from '../stages/stage.ts'
import type { Store } from '../store/client.ts'
import { BUCKET_MS, readBuckets } from './buckets.ts'
import { historyOf, judge } from './judge.ts'
import { type Marks, readMarks as readOwnMarks, saveMarks } from './marks.ts'
import { quantityOf } from './quantity.ts'
import { endedByUser, overlaps, revisionsOf } from './revisions.ts'
import { keepRule, type Rule, readRules } from './settings.ts'
import {
  closedTo,
  readMarks,
  readSpeakers,
  type SourceMarks,
  type Speakers,
  type Watermark,
  watermarkOf,
} from './watermark.ts'

/** The rules and their alerts, in the hands of the one process that judges them. */
export type Work = {
  /** Offset of the next command. */
  readonly next_command: number
  hasRules(): boolean
  /** Carries commands out: rules come and go, alerts of rules are acknowledged or judged. */
  obey(entries: readonly Entry[]): Promise<void>
  /** Judges the rules of these tenants, or of all, where a bucket has closed or a restatement may have come. */
  look(tenants: ReadonlySet<string> | 'all'): Promise<void>
  save(): Promise<void>
}

/** @throws FencedError when another writer has taken over, here and later */
export async function openWork(deps: StageDeps): Promise<Work> {
  const { clock, log, logger, randomBytes, steady, store, tenants: registry } = deps
  const name = randomBytes(8).toString('hex')
  const writer: Writer = { pipeline: 'rules', topic: TOPICS.alerts.name, partition: 0, name }
  const generation = await raiseGeneration(store, writer, { clock: steady, sleep, patience_ms: 10_000 })
  const marks = await readOwnMarks(store)
  const judged = new Map(Object.entries(marks.judged))
  const opened = await openJournal({ store, log, writer, generation, kinds: ['threshold'], published: marks.told })
  const { journal } = opened
  let told = opened.published
  let commands = marks.commands
  let saves = 0
  const rules = new Map((await readRules(store)).map((rule) => [keyOf(rule.tenant, rule.id), rule]))
  const alerts = await loadAlerts(journal, await longAgo(store, rules))
  const judged_at = new Map<string, number>()
  const speakers = new Map<string, { readonly of: Speakers; readonly at_ms: number }>()

  async function write(records: readonly AlertRecord[]): Promise<void> {
    if (records.length === 0) return
    told = await journal.write(records.map((record) => ({ record, life: '' })))
    for (const record of records) {
      const own = alerts.get(keyOf(record.tenant, record.rule!)) ?? new Map<string, AlertRecord>()
      alerts.set(keyOf(record.tenant, record.rule!), own.set(record.id, record))
    }
  }

  async function save(): Promise<void> {
    const kept: Marks = { commands, told, judged: Object.fromEntries(judged) }
    await saveMarks(store, writer, kept, generation * SAVES_A_WRITER + saves++)
  }

  /** Who speaks of what changes seldom: asked for again when the sources have gone on for some hours. */
  async function speakersOf(tenant: string, now: SourceMarks): Promise<Speakers> {
    const newest_ms = Math.max(...now.values())
    const known = speakers.get(tenant)
    if (known !== undefined && newest_ms - known.at_ms < SPEAKERS_MS) return known.of
    const of = await readSpeakers(store, tenant, now)
    speakers.set(tenant, { of, at_ms: newest_ms })
    return of
  }

  const own = (key: string) => [...(alerts.get(key)?.values() ?? [])]

  async function carryOut(command: AlertCommand, offset: number): Promise<void> {
    if (command.kind !== 'rule' && command.kind !== 'rule_removed') {
      const all = [...alerts.values()].flatMap((records) => [...records.values()])
      return write(all.flatMap((record) => obey(record, command) ?? []))
    }
    const key = keyOf(command.tenant, command.rule)
    await keepRule(store, writer, command, offset)
    // Another rule has other alerts: what this one said is over, whatever the new one says.
    const watermark = watermarkOf(await readMarks(store, command.tenant))
    const at_ms = watermark?.all_ms ?? clock()
    await write(own(key).flatMap((record) => endedByUser(record, at_ms) ?? []))
    judged.delete(key)
    judged_at.delete(key)
    if (command.kind === 'rule_removed') rules.delete(key)
    else rules.set(key, { tenant: command.tenant, id: command.rule, version: offset + 1, body: command.body })
  }

  async function judgeRule(
    key: string,
    { body, id, tenant }: Rule,
    currency: string,
    watermark: Watermark,
  ): Promise<void> {
    const quantity = quantityOf(body.metric)
    const to_ms = closedTo(body.grain, watermark)
    const before_ms = judged.get(key)
    const recent = steady() - (judged_at.get(key) ?? Number.NEGATIVE_INFINITY) < RESTATED_MS
    if (!body.enabled || quantity === undefined || (recent && before_ms === to_ms)) return
    const size_ms = BUCKET_MS[body.grain]
    const horizon_ms = to_ms - HORIZON_MS[body.grain]
    const oldest_ms = horizon_ms - HORIZON_MS[body.grain]
    const onsetOf = (record: AlertRecord) => Date.parse(record.onset_at)
    const known = own(key).filter((record) => !isEnded(record) || onsetOf(record) >= oldest_ms)
    // From before the first of them: what is left of an episode that is cut in two would be an alert of its own.
    const onsets = known.map((record) => onsetOf(record) - body.buckets * size_ms)
    const from_ms = Math.max(oldest_ms, Math.min(horizon_ms, ...onsets))
    const buckets = await readBuckets(store, tenant, currency, body, quantity, from_ms - historyOf(body), to_ms)
    // What was over before the rule was first looked at is history: the dry run tells of it.
    const episodes = judge(body, quantity, buckets, from_ms).episodes.filter(
      (episode) =>
        episode.ended_ms === undefined ||
        (before_ms !== undefined && episode.opened_ms > before_ms) ||
        known.some((record) => overlaps({ from_ms }, record, episode)),
    )
    const seen = { from_ms, watermark_ms: watermark.all_ms, data_age_ms: watermark.newest_ms - watermark.all_ms }
    const state = { tenant, currency, rule: id, body, quantity, ...seen }
    // One that is open for longer than is looked at still is the alert of what is left of its episode.
    const within = known.filter((record) => !isEnded(record) || onsetOf(record) >= from_ms)
    const fresh = episodes.length > 0 && known.every(isEnded)
    const muted = fresh && (await isMuted(store, { tenant, scope: body.scope, metric: body.metric }, clock()))
    await write(await placed(store, revisionsOf({ ...state, muted }, episodes, within)))
    judged.set(key, to_ms)
    judged_at.set(key, steady())
  }

  return {
    get next_command() {
      return commands
    },
    hasRules: () => rules.size > 0,

    async obey(entries) {
      for (const { offset, value } of entries) {
        const command = commandOf(value)
        if (command === undefined) logger.warn(`${TOPICS.alert_commands.name}: what lies at ${offset} is no command`)
        else await carryOut(command, offset)
        commands = offset + 1
      }
      if (entries.length > 0) await save()
    },

    async look(tenants) {
      for (const [tenant, ours] of Map.groupBy(rules, ([, rule]) => rule.tenant)) {
        if (tenants !== 'all' && !tenants.has(tenant)) continue
        const [marks, found] = await Promise.all([readMarks(store, tenant), registry.get(tenant)])
        if (marks.size === 0 || found === undefined) continue
        const known = await speakersOf(tenant, marks)
        for (const [key, rule] of ours)
          await judgeRule(key, rule, found.currency, watermarkOf(marks, known, rule.body)!)
      }
    },

    save,
  }
}

/** What opens is told with the alert that it is within. */
async function placed(store: Store, revisions: readonly AlertRecord[]): Promise<readonly AlertRecord[]> {
  const [first] = revisions.filter(({ revision }) => revision === 1)
  if (first === undefined) return revisions
  // All are of one rule, and so within the same.
  const parent = await parentOf(store, first)
  const fresh = new Set(revisions.flatMap(({ id, revision }) => (revision === 1 ? [id] : [])))
  return revisions.map((record) => (fresh.has(record.id) ? { ...record, parent } : record))
}

/** What ended before this cannot be restated any more: no look goes as far back. */
async function longAgo(store: Store, rules: ReadonlyMap<string, Rule>): Promise<number> {
  const tenants = new Set([...rules.values()].map(({ tenant }) => tenant))
  const marks = await Promise.all([...tenants].map(async (tenant) => watermarkOf(await readMarks(store, tenant))))
  return Math.min(...marks.map((mark) => mark?.all_ms ?? 0)) - 2 * HORIZON_MS.day
}

/** Newest revisions by rule and id. */
async function loadAlerts(journal: Journal, ended_after_ms: number): Promise<Map<string, Map<string, AlertRecord>>> {
  const alerts = new Map<string, Map<string, AlertRecord>>()
  const loaded = await journal.load(Math.max(0, Math.min(ended_after_ms, LAST_MS)))
  for (const { record } of loaded) {
    const key = keyOf(record.tenant, record.rule!)
    alerts.set(key, (alerts.get(key) ?? new Map<string, AlertRecord>()).set(record.id, record))
  }
  return alerts
}

/** The API checks what it writes; on Kafka somebody else may write there too. */
function commandOf(text: string): AlertCommand | undefined {
  try {
    return parseAlertCommand(text)
  } catch {
    return undefined
  }
}

function keyOf(tenant: string, rule: string): string {
  return `${tenant} ${rule}`
}

/** The end of what a time of the store can hold: nothing that ended is loaded where there is no rule. */
const LAST_MS = Date.UTC(2261, 0)
/** How far back each look goes, for restatements. */
const HORIZON_MS = { '5m': DAY_MS, hour: 7 * DAY_MS, day: 45 * DAY_MS } as const
/** Where no bucket has closed, a rule is judged again this often while windows change. */
const RESTATED_MS = 60_000
const SPEAKERS_MS = 6 * HOUR_MS
/** A version stays a safe integer for 8 million writers. */
const SAVES_A_WRITER = 2 ** 30
