import { cp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../../pipelines/clock.ts'
import { FRAME_HEADER_BYTES } from '../../../../pipelines/log/embedded/frame.ts'
import { type LogFs, nodeFs } from '../../../../pipelines/log/embedded/fs.ts'
import { type MetaWrite, openMeta, tailKey } from '../../../../pipelines/log/embedded/meta.ts'
import { openEmbeddedLog } from '../../../../pipelines/log/embedded/open.ts'
import { type Recovered, recoverPartition } from '../../../../pipelines/log/embedded/recover.ts'
import { partitionPlace, type Tail } from '../../../../pipelines/log/embedded/segment.ts'
import { count, numbers, readAll, records, testFolder, testLog, topic } from './support.ts'

const SEGMENT = '0000000000000000.seg'
const PAYLOAD = 2 * (8 + 3)
const FRAME = FRAME_HEADER_BYTES + PAYLOAD

/** A closed log of frames of two records each, in one segment. */
async function written(frames: number, options = {}): Promise<{ dir: string; segment: string }> {
  const dir = await testFolder()
  const log = await openEmbeddedLog({ dir, writes: 'all', clock: systemClock, ...options })
  await topic(log)
  for (let frame = 0; frame < frames; frame += 1) await log.append('t', 0, records(2, 3, frame * 2))
  await log.close()
  return { dir, segment: join(dir, 'topics', 't', '0', SEGMENT) }
}

/** Sets the recorded end back, as when the meta store's last transactions were lost. */
async function forgetFrames(dir: string, frames_left: number): Promise<void> {
  const meta = await openMeta(join(dir, 'meta'))
  const tail: Tail = {
    ...meta.tail('t', 0),
    end: frames_left * 2,
    position: frames_left * FRAME,
    last_frame: frames_left === 0 ? -1 : (frames_left - 1) * FRAME,
  }
  await meta.write([{ key: tailKey('t', 0), value: tail }])
  await meta.close()
}

type Outcome = { readonly code: string } | { readonly seen: number[]; readonly cut_bytes: number }

/** Opens, reads everything, appends one more and reads it back, as the engine would. */
async function outcome(dir: string): Promise<Outcome> {
  try {
    const log = await openEmbeddedLog({ dir, writes: 'all', clock: systemClock })
    try {
      const seen = numbers(await readAll(log))
      const offset = await log.append('t', 0, records(1, 3, 900))
      expect(numbers(await log.read('t', 0, offset, { records_max: 1, bytes_max: 100, wait_ms: 0 }))).toEqual([900])
      return { seen, cut_bytes: log.cut_bytes }
    } finally {
      await log.close()
    }
  } catch (error) {
    return { code: (error as { code: string }).code }
  }
}

async function flip(path: string, bit: number): Promise<void> {
  await writeFile(path, flipped(await readFile(path), bit))
}

function flipped(bytes: Buffer, bit: number): Buffer {
  const changed = Buffer.from(bytes)
  changed[bit >> 3]! ^= 1 << (bit & 7)
  return changed
}

/** A disk that is fast because it promises nothing: there is no power cut in here, but a thousand recoveries. */
const hastyFs: LogFs = {
  ...nodeFs,
  open: async (path, how) => ({ ...(await nodeFs.open(path, how)), datasync: async () => {} }),
}

/** Recovers the partition from each of the damaged files, of which `frames_recorded` frames were acknowledged. */
async function recoverEach(frames: number, frames_recorded: number, damage: (whole: Buffer) => Buffer[]) {
  const { dir, segment } = await written(frames)
  await forgetFrames(dir, frames_recorded)
  const stored = await openMeta(join(dir, 'meta'))
  const tail = stored.tail('t', 0)
  await stored.close()
  const whole = await readFile(segment)
  const outcomes: { damaged: Buffer; found: Recovered | string; left: Buffer }[] = []
  for (const damaged of damage(whole)) {
    await writeFile(segment, damaged)
    const recorded: (readonly MetaWrite[])[] = []
    const meta = {
      tail: () => tail,
      closedSegments: () => [],
      write: async (writes: readonly MetaWrite[]) => void recorded.push(writes),
    }
    const place = partitionPlace(dir, 't', 0)
    const found = await recoverPartition(hastyFs, meta, place).catch((error) => String(error.code))
    outcomes.push({ damaged, found, left: await readFile(segment) })
    const changed = typeof found !== 'string' && found.tail.end !== tail.end
    expect(recorded).toEqual(changed ? [[{ key: tailKey('t', 0), value: found.tail }]] : [])
  }
  return { whole, outcomes }
}

const everyLength = (frames: number) => (whole: Buffer) =>
  count(frames * FRAME + 1, (frames - 2) * FRAME).map((length) => whole.subarray(0, length))
const everyHeaderBit = (frame: number) => (whole: Buffer) =>
  count((frame * FRAME + FRAME_HEADER_BYTES) * 8, frame * FRAME * 8).map((bit) => flipped(whole, bit))

describe('opening after damage', () => {
  it('refuses a file cut anywhere in its last two frames when they were acknowledged, and leaves it as it is', async () => {
    const { outcomes } = await recoverEach(4, 4, everyLength(4))
    expect(outcomes).toHaveLength(2 * FRAME + 1)
    for (const { damaged, found, left } of outcomes.slice(0, -1)) {
      expect(found, `${damaged.length} bytes`).toBe('log_corrupt')
      expect(left.equals(damaged)).toBe(true)
    }
    expect(outcomes.at(-1)!.found).toMatchObject({ cut_bytes: 0, tail: { end: 8 } })
  })

  it('keeps whole frames and cuts the torn one when they were not', async () => {
    const { outcomes } = await recoverEach(4, 2, everyLength(4))
    for (const { damaged, found, left } of outcomes) {
      const whole = Math.floor(damaged.length / FRAME)
      const cut_bytes = damaged.length - whole * FRAME
      expect(found, `${damaged.length} bytes`).toMatchObject({ cut_bytes, tail: { end: whole * 2 } })
      expect(left.equals(damaged.subarray(0, whole * FRAME))).toBe(true)
    }
  })

  it('refuses every flipped bit in the header of the last acknowledged frame', async () => {
    const { outcomes } = await recoverEach(2, 2, everyHeaderBit(1))
    expect(outcomes).toHaveLength(FRAME_HEADER_BYTES * 8)
    for (const { found } of outcomes) expect(found).toBe('log_corrupt')
  })

  it('cuts at every flipped bit in the header of a frame that was not acknowledged', async () => {
    const { outcomes } = await recoverEach(3, 1, everyHeaderBit(1))
    for (const { found } of outcomes) expect(found).toMatchObject({ cut_bytes: 2 * FRAME, tail: { end: 2 } })
  })

  it('goes on writing and reading behind what it kept', async () => {
    const { dir, segment } = await written(4)
    await forgetFrames(dir, 2)
    await truncate(segment, 4 * FRAME - 1)
    expect(await outcome(dir)).toEqual({ seen: count(6), cut_bytes: FRAME - 1 })
    expect(await outcome(dir)).toEqual({ seen: [...count(6), 900], cut_bytes: 0 })
  })

  it('says where a frame further back is damaged when it is read, and reads on behind it', async () => {
    for (const byte of [FRAME, FRAME + 20, FRAME + FRAME_HEADER_BYTES + 9]) {
      const { dir, segment } = await written(4)
      await flip(segment, byte * 8)
      const log = await openEmbeddedLog({ dir, writes: 'all', clock: systemClock })
      await expect(readAll(log)).rejects.toMatchObject({
        code: 'log_corrupt',
        message: expect.stringContaining(`${SEGMENT} at byte ${FRAME}`),
      })
      expect(numbers(await log.read('t', 0, 0, { records_max: 2, bytes_max: 100, wait_ms: 0 }))).toEqual([0, 1])
      await log.close()
    }
  })
})

describe('opening when files are missing or too many', () => {
  it('refuses a missing segment, a changed one, one it never wrote, and a lost meta store', async () => {
    const partition = (dir: string) => join(dir, 'topics', 't', '0')
    const damages: [string, (dir: string) => Promise<void>][] = [
      ['first removed', async (dir) => rm(join(partition(dir), (await readdir(partition(dir)))[0]!))],
      ['middle removed', async (dir) => rm(join(partition(dir), (await readdir(partition(dir)))[2]!))],
      ['last removed', async (dir) => rm(join(partition(dir), (await readdir(partition(dir))).at(-1)!))],
      ['all removed', async (dir) => rm(partition(dir), { recursive: true })],
      ['middle cut', async (dir) => truncate(join(partition(dir), (await readdir(partition(dir)))[2]!), FRAME)],
      ['stranger', async (dir) => cp(join(partition(dir), SEGMENT), join(partition(dir), '0000000000000003.seg'))],
      ['meta removed', async (dir) => rm(join(dir, 'meta'), { recursive: true })],
    ]
    for (const [name, damage] of damages) {
      const { dir } = await written(12, { segment_bytes: 2 * FRAME })
      expect((await readdir(partition(dir))).length, 'segments').toBeGreaterThan(4)
      await damage(dir)
      expect(await outcome(dir), name).toEqual({ code: 'log_corrupt' })
    }
  })

  it('follows whole segments that were begun after the recorded end, and drops what nothing leads to', async () => {
    const { dir } = await written(12, { segment_bytes: 2 * FRAME })
    const meta = await openMeta(join(dir, 'meta'))
    const closed = meta.closedSegments('t', 0)
    const segment = closed[1]!
    await meta.write([
      ...closed.slice(1).map(({ base }) => ({ key: ['segment', 't', 0, base], value: undefined })),
      {
        key: tailKey('t', 0),
        value: { ...meta.tail('t', 0), end: segment.base, segment: segment.base, position: 0, last_frame: -1 },
      },
    ])
    await meta.close()
    const copy = `${dir}-copy`
    await cp(dir, copy, { recursive: true })
    expect(await outcome(dir)).toEqual({ seen: count(24), cut_bytes: 0 })
    expect(await outcome(dir)).toEqual({ seen: [...count(24), 900], cut_bytes: 0 })

    await rename(join(copy, 'topics/t/0/0000000000000008.seg'), join(copy, 'topics/t/0/gone'))
    expect(await outcome(copy)).toEqual({ seen: count(8), cut_bytes: 0 })
    await rm(copy, { recursive: true })
  })

  it('opens a log of many segments without reading it', async () => {
    const { dir } = await written(60, { segment_bytes: 2 * FRAME })
    let read = 0
    const counting: LogFs = {
      ...nodeFs,
      open: async (path, how) => {
        const file = await nodeFs.open(path, how)
        const counted: typeof file.read = async (...asked) => {
          const bytes = await file.read(...asked)
          read += bytes
          return bytes
        }
        return { ...file, read: counted }
      },
    }
    const log = await testLog({ dir, fs: counting })
    expect(await log.bounds('t')).toEqual([{ start: 0, end: 120 }])
    expect(read).toBeLessThan(4 * FRAME)
    expect(numbers(await readAll(log))).toEqual(count(120))
    expect(read).toBeGreaterThanOrEqual(60 * FRAME)
  })
})
