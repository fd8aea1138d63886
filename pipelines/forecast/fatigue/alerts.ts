import type { FatigueModel } from '../../../models/fatigue/model.ts'
import { type AlertCommand, parseAlertCommand } from '../../../schemas/alert-commands.ts'
import type { AlertRecord } from '../../../schemas/alerts.ts'
import { TOPICS } from '../../../schemas/topics.ts'
import { instantOf } from '../../../schemas/zone.ts'
import { obey, revise } from '../../alerts/commands.ts'
import { parentOf } from '../../alerts/family.ts'
import { type Journal, openJournal } from '../../alerts/journal.ts'
import { isMuted } from '../../alerts/mutes.ts'
import { wasTold } from '../../alerts/told.ts'
import { raiseGeneration, type Writer } from '../../runner/fence.ts'
import type { StageDeps } from '../../stages/stage.ts'
import type { Scored } from './follow.ts'
import { readMark, writeMark } from './marks.ts'
import type { AdAccount } from './read-days.ts'
import type { Streak } from './streaks.ts'
import { changing, pressing, warningOf } from './warning.ts'

/** A creative at the head of its account, and what its last days have come to. */
export type Watched = { readonly creative: string; readonly streak: Streak; readonly scored: Scored | null }

/** Alerts about creatives: one writer, what is open in memory, everything else in the store. */
export type FatigueAlerts = {
  /**
   * Makes the alerts of an account what its creatives call for: opens, changes, ends. Doing it again changes nothing.
   *
   * @param day the account's last day that is known
   * @throws StoreError, LogError, FencedError
   */
  settle(account: AdAccount, day: number, watched: readonly Watched[], watermark_ms: number): Promise<void>
  /** Carries out what users have said since the last call. */
  obey(): Promise<void>
}

export async function openFatigueAlerts(
  deps: StageDeps,
  model: FatigueModel,
  sleep: (ms: number) => Promise<void>,
): Promise<FatigueAlerts> {
  const { log, store } = deps
  const writer: Writer = {
    pipeline: 'fatigue',
    topic: TOPICS.alerts.name,
    partition: 0,
    name: deps.randomBytes(8).toString('hex'),
  }
  const generation = await raiseGeneration(store, writer, { clock: deps.steady, sleep, patience_ms: 10_000 })
  const told = await readMark(store, 'told')
  const { journal, published } = await openJournal({
    store,
    log,
    writer,
    generation,
    kinds: ['fatigue'],
    published: told,
  })
  if (published !== told) await writeMark(store, 'told', published)
  const open = new Map((await journal.load(deps.clock())).map(({ record }) => [keyOf(record), record]))
  let next_command = await readMark(store, 'commands')

  const write = async (records: readonly AlertRecord[]): Promise<void> => {
    if (records.length === 0) return
    await writeMark(store, 'told', await journalWrite(journal, records))
    for (const record of records) {
      if (record.ended_at === null) open.set(keyOf(record), record)
      else open.delete(keyOf(record))
    }
  }

  return {
    async settle(account, day, watched, watermark_ms) {
      const records: AlertRecord[] = []
      for (const one of watched) {
        const known = open.get(keyOf({ ...account, scope: { ...account, creative: one.creative } }))
        const record = settled(account, day, one, known, model, watermark_ms)
        if (record === undefined) continue
        if (known !== undefined) {
          records.push(record)
          continue
        }
        if (await wasTold(store, record)) continue
        const muted = await isMuted(store, record, watermark_ms)
        records.push({ ...record, muted, parent: await parentOf(store, record) })
      }
      await write(records)
    },
    async obey() {
      const [bounds] = await log.bounds(TOPICS.alert_commands.name)
      next_command = Math.max(next_command, bounds?.start ?? 0)
      while (next_command < (bounds?.end ?? 0)) {
        const records = await log.read(TOPICS.alert_commands.name, 0, next_command, READ)
        if (records.length === 0) return
        for (const { value } of records) {
          const command = commandOf(value)
          if (command === undefined) continue
          await write([...open.values()].flatMap((record) => obey(record, command) ?? []))
        }
        next_command = Number(records.at(-1)!.offset) + 1
        await writeMark(store, 'commands', next_command)
      }
    },
  }
}

const READ = { records_max: 500, bytes_max: 4_000_000, wait_ms: 0 }

/** The next revision that a creative calls for, if any. */
function settled(
  account: AdAccount,
  day: number,
  { scored, streak }: Watched,
  known: AlertRecord | undefined,
  model: FatigueModel,
  watermark_ms: number,
): AlertRecord | undefined {
  const { since } = streak
  if (since === null) {
    if (known === undefined) return undefined
    const gone = scored === null
    const ended_at = new Date(instantOf(account.zone, day + 1, 0)).toISOString()
    return revise(known, { state: 'resolved', reason: gone ? 'out_of_data' : 'back_to_normal', ended_at })
  }
  if (scored === null || pressing(scored) === null) return undefined
  if (known === undefined) return warningOf(account, scored, { ...streak, since }, day, model, watermark_ms)
  const changes = changing(account, scored, streak, day, model, watermark_ms)
  // Numbers move every day; people are told again when it becomes more pressing, or less.
  return changes.severity === known.severity ? undefined : revise(known, { ...changes, reason: 'grew' })
}

function journalWrite(journal: Journal, records: readonly AlertRecord[]): Promise<number> {
  return journal.write(records.map((record) => ({ record, life: '' })))
}

/** One alert a creative at a time, whenever it began: another model would date the beginning otherwise. */
function keyOf({
  scope,
  tenant,
}: {
  readonly tenant: string
  readonly scope: Readonly<Record<string, string>>
}): string {
  return JSON.stringify([tenant, scope.platform, scope.account, scope.creative])
}

/** The API checks what it writes; what somebody else wrote there is for nobody. */
function commandOf(value: Uint8Array | null): AlertCommand | undefined {
  if (value === null) return undefined
  try {
    return parseAlertCommand(Buffer.from(value).toString())
  } catch {
    return undefined
  }
}
