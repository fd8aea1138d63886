import { scoreOf } from '../../models/evaluation/score.ts'
import { byAccountAndDay, LEVELS } from '../../models/fatigue/day.ts'
import { labelsOf } from '../../models/fatigue/labels.ts'
import { HORIZONS } from '../../models/fatigue/model.ts'
import { openOwnRecord } from '../../models/fatigue/own-record.ts'
import { seeded } from '../../models/math/random.ts'
import { openFollowed, scoreDay } from '../../pipelines/forecast/fatigue/follow.ts'
import type { NamedModel } from '../../pipelines/forecast/fatigue/named-model.ts'
import type { DayRow } from '../../pipelines/forecast/fatigue/read-days.ts'
import { type FatigueDetails, recordsOf } from '../../pipelines/forecast/fatigue/records.ts'
import { truthOf } from '../../pipelines/forecast/fatigue/truth.ts'
import type { ForecastRecord } from '../../schemas/forecasts.ts'
import { simulateAccount } from './simulate-account.ts'
import { type Matured, type Row, rowOf } from './table.ts'

const FIRST_DAY = 19_000

/** An installation has so many ad accounts. */
const ACCOUNTS_TOGETHER = 5
const QUARTER_DAYS = 91

/**
 * A year of accounts, day by day as the stage follows them, five to an installation: forecasts from what was known at 6
 * in the morning, truths from what was reported until the end. An interval is one of a share of the account's days
 * within a quarter, so that is what it holds for: as many days followed by an onset as its bounds add up to.
 */
export function replayFatigue({ model, name }: NamedModel, accounts: number, days: number, signal: AbortSignal): Row[] {
  const cells = LEVELS.flatMap((level) => HORIZONS.map((horizon) => new Cell(name, level, horizon)))
  for (let first = 0; first < accounts; first += ACCOUNTS_TOGETHER) {
    const together = openOwnRecord()
    const some = Array.from({ length: Math.min(ACCOUNTS_TOGETHER, accounts - first) }, (_, k) => {
      const { account, final, known } = simulateAccount(seeded(first + k, 7), `account-${first + k}`, FIRST_DAY, days)
      const ad_account = { tenant: 'replayed', platform: 'meta', account, zone: 'UTC' }
      const labels = new Map(labelsOf(byAccountAndDay(daysOf(final))).map((label) => [label.creative, label]))
      return { ad_account, known, labels, followed: openFollowed(ad_account, FIRST_DAY, together) }
    })
    for (let day = FIRST_DAY; day < FIRST_DAY + days; day++) {
      signal.throwIfAborted()
      for (const { ad_account, followed, known, labels } of some) {
        const rows = known.get(day)
        if (rows === undefined) continue
        for (const record of recordsOf(ad_account, scoreDay(followed, model, day, rows), model, name)) {
          const cell = cells.find(({ horizon, level }) => horizon === record.horizon_days && level === record.metric)!
          const is_over = day + record.horizon_days < FIRST_DAY + days
          cell.add(record, is_over ? truthOf(labels.get(record.entity), record.metric, record) : null)
        }
      }
    }
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
  private readonly quarters = new Map<string, { low: number; high: number; came: number }>()

  constructor(name: string, level: string, horizon: number) {
    this.name = name
    this.level = level
    this.horizon = horizon
  }

  add(record: ForecastRecord, truth: number | null): void {
    this.made++
    if (truth === null) return
    const { high, low } = JSON.parse(record.details) as FatigueDetails
    const key = `${record.scope} ${Math.floor((record.origin - FIRST_DAY) / QUARTER_DAYS)}`
    const quarter = this.quarters.get(key) ?? { low: 0, high: 0, came: 0 }
    this.quarters.set(key, quarter)
    quarter.low += low
    quarter.high += high
    quarter.came += truth
    this.matured.push({ score: scoreOf(record, truth), quantiles: null })
  }

  row(): Row {
    const of = { model: this.name, of: this.level, horizon_days: this.horizon }
    const held = [...this.quarters.values()].filter(({ came, high, low }) => low <= came && came <= high)
    return rowOf(of, this.made, this.matured, { asked: this.quarters.size, held: held.length })
  }
}
