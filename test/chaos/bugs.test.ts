import { describe, expect, it } from 'vitest'
import { useEngine } from '../support/engine.ts'
import { type AlertRig, makeAlertRig } from './bugs/alert-rig.ts'
import { ALERT_SCENARIOS, type AlertScenario } from './bugs/alert-scenarios.ts'
import type { Broken, Ports } from './bugs/break.ts'
import { makeRig } from './bugs/rig.ts'
import { SCENARIOS, type Scenario } from './bugs/scenarios.ts'
import type { Differences } from './truth/compare.ts'

const engine = useEngine()

/** Each bug that exactly-once is known to die of is put in once, and must show; without it the same must do no harm. */
describe.each(SCENARIOS)('$bug: $when', (scenario) => {
  it('does no harm to the engine as it is', async () => {
    expect(await play(scenario, (ports) => ports)).toEqual({ lost: [], doubled: [], wrong_windows: [] })
  })

  it(`leaves rows ${scenario.harm} with the bug`, async () => {
    const broken: Broken[] = []
    const differences = await play(scenario, (ports) => {
      const one = scenario.put(ports)
      broken.push(one)
      return one
    })
    expect(
      broken.some(({ met }) => met() > 0),
      'the bug was met',
    ).toBe(true)
    expect(differences[scenario.harm].length).toBeGreaterThan(0)
  })
})

async function play(scenario: Scenario, put: (ports: Ports) => Ports): Promise<Differences> {
  const rig = await makeRig(engine)
  try {
    await scenario.play(engine, rig, put)
    return await rig.differences()
  } finally {
    await rig.close()
  }
}

describe.each(ALERT_SCENARIOS)('alerts, $bug: $when', (scenario) => {
  it('does no harm to the engine as it is', { timeout: 120_000 }, async () => {
    expect(await tell(scenario, 'well', (ports) => ports)).toEqual([])
  })

  it('is heard of with the bug', { timeout: 120_000 }, async () => {
    const broken: Broken[] = []
    const findings = await tell(scenario, 'ill', (ports, rig) => {
      const one = scenario.put(ports, rig)
      broken.push(one)
      return one
    })
    expect(
      broken.some(({ met }) => met() > 0),
      'the bug was met',
    ).toBe(true)
    expect(findings).toContainEqual(expect.stringMatching(scenario.harm))
  })
})

async function tell(
  scenario: AlertScenario,
  health: string,
  put: (ports: Ports, rig: AlertRig) => Ports,
): Promise<readonly string[]> {
  const rig = await makeAlertRig(engine, `${health}-${ALERT_SCENARIOS.indexOf(scenario)}`)
  try {
    await scenario.play(rig, (ports) => put(ports, rig))
    return await rig.findings()
  } finally {
    await rig.close()
  }
}
