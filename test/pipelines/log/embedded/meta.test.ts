import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../../../pipelines/clock.ts'
import { type Migration, migrate, openMeta } from '../../../../pipelines/log/embedded/meta.ts'
import { openEmbeddedLog } from '../../../../pipelines/log/embedded/open.ts'
import { testFolder, testLog } from './support.ts'

async function testMeta() {
  const meta = await openMeta(join(await testFolder(), 'meta'))
  onTestFinished(() => meta.close())
  return meta
}

describe('format of the meta store', () => {
  it('is written when the store is new, and refused when it is newer', async () => {
    const dir = await testFolder()
    const meta = await openMeta(join(dir, 'meta'))
    expect(meta.get(['format'])).toBe(1)
    await meta.write([{ key: ['format'], value: 2 }])
    await meta.close()
    const opening = openEmbeddedLog({ dir, writes: 'all', clock: systemClock })
    await expect(opening).rejects.toMatchObject({ name: 'LogError', code: 'format_too_new' })
    // The refusal gives the folder's lock back.
    const again = await openMeta(join(dir, 'meta')).catch((error: unknown) => error)
    expect(again).toMatchObject({ code: 'format_too_new' })
  })

  it('brings an older store up step by step, each with its format in one transaction', async () => {
    const meta = await testMeta()
    await meta.write([{ key: ['state', 'old'], value: 'a' }])
    const seen: unknown[] = []
    const steps: Migration[] = [
      (store) => {
        seen.push(store.get(['format']))
        return [{ key: ['state', 'new'], value: `${store.get(['state', 'old'])}b` }]
      },
      (store) => {
        seen.push(store.get(['format']))
        return [{ key: ['state', 'newer'], value: `${store.get(['state', 'new'])}c` }]
      },
    ]
    await migrate(meta, steps)
    expect(seen).toEqual([1, 2])
    expect(meta.get(['format'])).toBe(3)
    expect(meta.get(['state', 'newer'])).toBe('abc')
    await migrate(meta, steps)
    expect(seen).toHaveLength(2)
  })
})

describe('topics', () => {
  it('have slots that never overlap, however they are ensured', async () => {
    const meta = await testMeta()
    const spec = (name: string, partitions: number) => ({ name, partitions, retention_ms: 1, retention_bytes: 1 })
    await Promise.all([
      meta.ensureTopics([spec('a', 3), spec('b', 2)]),
      meta.ensureTopics([spec('b', 7), spec('c', 4)]),
      meta.ensureTopics([spec('ab', 1)]),
    ])
    const slots = [...meta.topics().values()].flatMap(({ slot, partitions }) =>
      Array.from({ length: partitions }, (_, index) => slot + index),
    )
    expect(slots.sort((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, index) => index))
  })

  it('refuse names that are no folder names, and more partitions than there is room for', async () => {
    const meta = await testMeta()
    const spec = { partitions: 1, retention_ms: 1, retention_bytes: 1 }
    for (const name of ['', '.', '..', 'a/b', 'a\0', '-a', 'ä', 'x'.repeat(300)]) {
      await expect(meta.ensureTopics([{ ...spec, name }]), name).rejects.toMatchObject({ code: 'unknown_topic' })
    }
    await expect(
      meta.ensureTopics([
        { ...spec, name: 'first' },
        { ...spec, name: 'huge', partitions: 4_096 },
      ]),
    ).rejects.toThrow(/4096 partitions/)
    expect(meta.topics().size).toBe(0)
  })
})

describe('state', () => {
  it('is kept, changed and removed in one transaction', async () => {
    const dir = await testFolder()
    const first = await openEmbeddedLog({ dir, writes: 'all', clock: systemClock })
    await first.state.write([
      { key: 'a', value: { n: [1, 'x', null] } },
      { key: 'b', value: 2 },
    ])
    await first.state.write([
      { key: 'b', value: undefined },
      { key: 'c', value: 'ü' },
    ])
    await first.close()
    const { state } = await testLog({ dir })
    expect(['a', 'b', 'c'].map((key) => state.get(key))).toEqual([{ n: [1, 'x', null] }, undefined, 'ü'])
  })
})
