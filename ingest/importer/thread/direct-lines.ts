import type { RecordPacker } from '../../../pipelines/log/packed.ts'
import { DirectEncoder, roomFor } from '../../../schemas/direct/direct-encoder.ts'
import type { ParseContext } from '../../../schemas/events/family.ts'

export type DirectLines = {
  /**
   * Takes the ready event that begins at `at`, when it is one that can be written as it is read and stands on a line of
   * its own: @returns where its newline is, or -1 for a line that must be read the long way.
   */
  take(block: Buffer, at: number, cut: number): number
  /** Bytes of the record that was packed last; 0 when it was left out because it is on the log already. */
  readonly packed_bytes: number
}

/** @param skip events per partition that are on the log already; counted down */
export function directLines(
  context: ParseContext,
  run: string,
  packers: readonly RecordPacker[],
  skip: number[],
): DirectLines {
  const encoder = new DirectEncoder(context, run)
  let packed_bytes = 0
  return {
    take(block, at, cut) {
      const behind = encoder.read(block, at)
      if (behind === -1 || behind - at > LINE_BYTES_MAX) return -1
      const stop = block[behind] === CARRIAGE_RETURN ? behind + 1 : behind
      if (block[stop] !== NEWLINE || stop >= cut) return -1
      const partition = encoder.partition(packers.length)
      if (partition === -1) return -1
      const packer = packers[partition]!
      const out = packer.room(roomFor(behind - at))
      const end = encoder.write(out, packer.value_at)
      if (end === -1) return -1
      if (skip[partition]! > 0) {
        skip[partition]!--
        packed_bytes = 0
      } else packed_bytes = packer.commit(encoder.key, end)
      return stop
    },
    get packed_bytes() {
      return packed_bytes
    },
  }
}

/** Below every limit of a line or record, so that none of them need be checked. */
const LINE_BYTES_MAX = 64 * 1024
const NEWLINE = 10
const CARRIAGE_RETURN = 13
