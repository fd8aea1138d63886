import type { AlertRig } from './alert-rig.ts'
import type { Broken, Ports } from './break.ts'
import { dyingAtReading, dyingBetween, leftUntold, movedFirst, toldFirst } from './break-alerts.ts'

/** A way for the engine to die while it tells of an alert, and the bug that its subscribers would hear of. */
export type AlertScenario = {
  readonly bug: string
  readonly when: string
  /** What it does, as the comparison puts it. */
  readonly harm: RegExp
  readonly put: (ports: Ports, rig: AlertRig) => Broken
  readonly play: (rig: AlertRig, put: (ports: Ports) => Ports) => Promise<void>
}

export const ALERT_SCENARIOS: readonly AlertScenario[] = [
  {
    bug: 'topic before table',
    when: 'it dies between the two, and the next one has newer numbers',
    harm: /^topic: alr_\w+ 1 is .*, not /,
    put: toldFirst,
    play: dieBetween,
  },
  {
    bug: 'nobody looks for what was left untold',
    when: 'it dies between table and topic',
    harm: /^topic: alr_\w+ 1 was never told/,
    put: leftUntold,
    play: dieBetween,
  },
  {
    bug: 'place before delivery',
    when: 'it dies when it has read what is to be delivered',
    harm: /^webhook: alr_\w+ 1 was never told/,
    put: (ports, { webhook }) => movedFirst(ports, webhook),
    async play(rig, put) {
      await rig.hour(TOO_MANY)
      await rig.judgeUntil(rig, () => rig.told() === 1)
      await rig.deliverUntilDeath(dyingAtReading(put(rig)))
      await end(rig, rig, put(rig))
    },
  },
]

async function dieBetween(rig: AlertRig, put: (ports: Ports) => Ports): Promise<void> {
  await rig.hour(TOO_MANY)
  await rig.judgeUntilDeath(put(dyingBetween(rig)))
  // Meanwhile it goes on: what the next one sees is not what the last one saw.
  await rig.hour(TOO_MANY)
  const looks = rig.looks()
  await rig.judgeUntil(put(rig), () => rig.looks() > looks)
  await end(rig, put(rig), rig)
}

/** The alert closes, and everybody hears of that: whoever lacks something earlier has lost it. */
async function end(rig: AlertRig, judging: Ports, delivering: Ports): Promise<void> {
  await rig.hour(TOO_MANY - 5)
  await rig.judgeUntil(judging, rig.isOver)
  await rig.deliverUntil(delivering, () => rig.receiver.received.at(-1)?.body.includes('"state":"resolved"') === true)
}

const TOO_MANY = 9
