import { scoreOf } from '../../models/evaluation/score.ts'
import { byAccountAndDay, LEVELS } from '../../models/fatigue/day.ts'
import { labelsOf } from '../../models/fatigue/labels.ts'
import { HORIZONS } from '../../models/fatigue/model.ts'
import { seeded } from '../../models/math/random.ts'
import { openFollowed, scoreDay } from '../../pipelines/forecast/fatigue/follow.ts'
import type { NamedModel } from '../../pipelines/forecast/fatigue/named-model.ts'
import type { DayRow } from '../../pipelines/forecast/fatigue/read-days.ts'
import { type FatigueDetails, recordsOf } from '../../pipelines/forecast/fatigue/records.ts'
import { truthOf } from '../../pipelines/forecast/fatigue/truth.ts'
import type { ForecastRecord } from '../../schemas/forecasts.ts'
import { simulateAccount } from './simulate-account.ts'
import { type Held, type Matured, type Row, rowOf } from './table.ts'

const FIRST_DAY = 19_000

/**
 * A year of accounts, day by day as the stage follows them: forecasts from what was known at 6 in the morning, truths
 * from what was reported until the end. An interval says where the chance lies in 80 % of accounts, so an account is what
 * it holds for: as many onsets within a year as the bounds of its chances add up to.
 */
export function replayFatigue({ model, name }: NamedModel, accounts: number, days: number, signal: AbortSignal): Row[] {
  const cells = LEVELS.flatMap((level) => HORIZONS.map((horizon) => new Cell(name, level, horizon)))
  for (let a = 0; a < accounts; a++) {
    signal.throwIfAborted()
    const { account, final, known } = simulateAccount(seeded(a, 7), `account-${a}`, FIRST_DAY, days)
    const ad_account = { tenant: 'replayed', platform: 'meta', account, zone: 'UTC' }
    const labels = new Map(labelsOf(byAccountAndDay(daysOf(final))).map((label) => [label.creative, label]))
    const followed = openFollowed(ad_account, FIRST_DAY)
    for (const cell of cells) cell.open()
    for (const [day, rows] of known) {
      for (const record of recordsOf(ad_account, scoreDay(followed, model, day, rows), model, name)) {
        const cell = cells.find(({ horizon, level }) => horizon === record.horizon_days && level === record.metric)!
        const is_over = day + record.horizon_days < FIRST_DAY + days
        cell.add(record, is_over ? truthOf(labels.get(record.entity), record.metric, record) : null)
      }
    }
    for (const cell of cells) cell.close()
  }
  return cells.map((cell) => cell.row())
}

function daysOf(final: ReadonlyMap<number, readonly DayRow[]>) {
  const launches = new Map<string, number>()
  return [...final.values()].flat().map((row) => {
    const launch = launches.get(row.creative) ?? row.day
    launches.set(row.creative, launch)
    return { ...row, reach_cum: null, age: row.day - launch }
  })
}

/** The forecasts of one level and horizon. */
class Cell {
  readonly name: string
  readonly level: string
  readonly horizon: number
  private made = 0
  private readonly matured: Matured[] = []
  private readonly together: { -readonly [K in keyof Held]: number } = { asked: 0, held: 0 }
  private account = { low: 0, high: 0, came: 0 }

  constructor(name: string, level: string, horizon: number) {
    this.name = name
    this.level = level
    this.horizon = horizon
  }

  open(): void {
    this.account = { low: 0, high: 0, came: 0 }
  }

  add(record: ForecastRecord, truth: number | null): void {
    this.made++
    if (truth === null) return
    const { high, low } = JSON.parse(record.details) as FatigueDetails
    this.account.low += low
    this.account.high += high
    this.account.came += truth
    this.matured.push({ score: scoreOf(record, truth), quantiles: null })
  }

  close(): void {
    const { came, high, low } = this.account
    this.together.asked++
    if (low <= came && came <= high) this.together.held++
  }

  row(): Row {
    const of = { model: this.name, of: this.level, horizon_days: this.horizon }
    return rowOf(of, this.made, this.matured, this.together)
  }
}
