import { expect, test } from 'vitest'
import { firstAlerts, isScored, scoreFirstAlerts } from '../../../models/fatigue/first-alerts.ts'

const fate = (creative: string, onset: number | null, account = 'a') => ({
  account,
  creative,
  launch_day: 0,
  end_day: 90,
  onset_age_2x: onset,
  onset_age_1p5x: null,
})
const at = (age: number) => ({ age, day: age })

test('precision, recall, lead and shocks of first alerts, as defined', () => {
  const score = scoreFirstAlerts(
    [
      { fate: fate('in time', 30), first: at(20) },
      { fate: fate('too early for precision, warned all the same', 40), first: at(10) },
      { fate: fate('too late for recall', 30), first: at(27) },
      { fate: fate('missed', 30), first: null },
      { fate: fate('never fell, in a shock', null), first: at(12) },
      { fate: fate('too young to count for recall', 13), first: at(6) },
      { fate: fate('quiet and right', null), first: null },
    ],
    [{ account: 'a', first_day: 12, last_day: 12 }],
  )
  expect(score).toEqual({
    alerts: 5,
    precision: 3 / 5,
    recall: 2 / 4,
    on_time: 1 / 4,
    median_lead_days: 10,
    in_shocks: 1 / 5,
  })
})

test('nothing alerted has no precision', () => {
  expect(scoreFirstAlerts([{ fate: fate('x', 30), first: null }])).toMatchObject({
    alerts: 0,
    precision: null,
    recall: 0,
  })
})

test('the first alerted row of a creative counts; scored are days of age 6 on and before the onset', () => {
  const fates = [fate('x', null), fate('y', null)]
  const [x, y] = ['a\u0000x', 'a\u0000y']
  const alerted = firstAlerts(fates, [x, x, y, x], [6, 7, 6, 8], [16, 17, 16, 18], (row) => row === 1 || row === 3)
  expect(alerted.map(({ first }) => first)).toEqual([{ age: 7, day: 17 }, null])
  expect([5, 6, 29, 30].map((age) => isScored(age, fate('x', 30)))).toEqual([false, true, true, false])
})
