import type { Log } from '../../pipelines/log/port.ts'
import type { Apply } from '../days/follow.ts'
import type { PipelineGroup } from '../deps.ts'
import type { Watermarks } from '../metrics/context.ts'

/** What an answer is read from: windows alone, or facts too. */
export type Reads = 'windows' | 'facts'

export type Versions = {
  /**
   * A text that is another one as soon as anything was committed that could change an answer: two questions that are
   * given the same may be given the same rows.
   *
   * @returns undefined where the log does not say
   */
  of(tenant: string, reads: Reads): Promise<string | undefined>
}

export type VersionParts = {
  readonly follow: (apply: Apply) => () => Promise<boolean>
  readonly log: Log
  readonly groups: readonly PipelineGroup[]
  readonly watermarks: (tenant: string) => Promise<Watermarks>
}

/**
 * Versions of what is committed, over the embedded log, of which the end is a look into memory. A pipeline tells of a
 * changed window when its rows are there and before it commits, so the version that was read before the rows is never
 * newer than they. Facts have no such notice: what reads them has the places of the pipelines in its version, and another
 * tenant's events change it.
 */
export function followVersions({ follow, groups, log, watermarks }: VersionParts): Versions {
  const changed = new Map<string, number>()
  let epoch = 0
  let count = 0
  const catchUp = follow((changes) => {
    if (changes === 'lost' || changed.size > TENANTS_MAX) {
      changed.clear()
      epoch++
    }
    if (changes !== 'lost') for (const { tenant } of changes) changed.set(tenant, ++count)
  })

  async function placesOf({ group, topic }: PipelineGroup): Promise<string> {
    return (await log.groupOffsets(group, topic)).map(({ offset }) => offset).join()
  }

  return {
    async of(tenant, reads) {
      const marks = await watermarks(tenant)
      if (!(await catchUp())) return undefined
      const places = reads === 'facts' ? (await Promise.all(groups.map(placesOf))).join(';') : ''
      const sources = [...marks].map(([source, ms]) => `${source}=${ms}`).toSorted()
      return JSON.stringify([epoch, changed.get(tenant) ?? 0, places, sources])
    },
  }
}

const TENANTS_MAX = 10_000
