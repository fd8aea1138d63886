import { setTimeout as sleep } from 'node:timers/promises'
import { HOUR_MS } from '../../../schemas/zone.ts'
import { FencedError } from '../../runner/errors.ts'
import { runAlone } from '../../stages/alone.ts'
import type { Stage, StageDeps } from '../../stages/stage.ts'
import { isBehind } from '../behind.ts'
import { openFatigueAlerts } from './alerts.ts'
import type { NamedModel } from './named-model.ts'
import { openTenant, type TenantDesk } from './tenant.ts'
import { readWatermarks } from './watermarks.ts'

/**
 * Forecasts of creatives that wear out: once per creative and local day, when that day is over for its account.
 * Everything in memory comes from facts and is read anew after a restart; forecasts and alerts are written so that
 * writing them again adds nothing.
 *
 * @param load the model, when the stage first needs it
 */
export function fatigueStage(load: () => Promise<NamedModel>, tick_ms = TICK_MS): Stage {
  return {
    name: 'fatigue',
    run: (deps, signal) => runAlone(deps.log, 'fatigue', (own) => work(deps, load, tick_ms, own), signal),
  }
}

const TICK_MS = 2_000

async function work(
  deps: StageDeps,
  load: () => Promise<NamedModel>,
  tick_ms: number,
  signal: AbortSignal,
): Promise<void> {
  const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined)
  while (!signal.aborted && (await isBehind(deps.log))) await pause(tick_ms)
  if (signal.aborted) return
  const named = await load()
  while (!signal.aborted) {
    try {
      await follow(deps, named, tick_ms, pause, signal)
    } catch (error) {
      // Another process has taken over, or believes so: whoever holds the claim raises its generation once more.
      if (!(error instanceof FencedError)) throw error
      await pause(tick_ms)
    }
  }
}

async function follow(
  deps: StageDeps,
  named: NamedModel,
  tick_ms: number,
  pause: (ms: number) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const alerts = await openFatigueAlerts(deps, named.model, pause)
  const desks = new Map<string, TenantDesk>()
  const seen = new Map<string, number>()
  while (!signal.aborted) {
    if (!(await isBehind(deps.log))) {
      for (const [tenant, watermark_ms] of await readWatermarks(deps.store)) {
        // Days end on the hour nearly everywhere: looking once an hour of their time finds each soon enough.
        const hour = Math.floor(watermark_ms / HOUR_MS)
        if (seen.get(tenant) === hour || signal.aborted) continue
        const desk = desks.get(tenant) ?? (await openTenant(deps.store, named, alerts, tenant))
        desks.set(tenant, desk)
        await desk.advance(watermark_ms, signal)
        seen.set(tenant, hour)
      }
      await alerts.obey()
      for (const desk of desks.values()) await desk.writeSome(signal)
    }
    await pause(tick_ms)
  }
}
