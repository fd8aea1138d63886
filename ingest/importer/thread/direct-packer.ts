import type { RecordPacker } from '../../../pipelines/log/packed.ts'
import { DirectEncoder, roomFor } from '../../../schemas/direct/direct-encoder.ts'
import { compileTypes } from '../../../schemas/direct/types.ts'
import type { ParseContext } from '../../../schemas/events/family.ts'

/** Packs events that can be written as they are read; see `schemas/direct`. */
export type DirectPacker = {
  /** @returns the place behind the event that begins at `at`, or -1 for one that must be read the long way */
  read(src: Uint8Array, at: number): number
  /** Packs the event that was read last: @returns whether it could. */
  pack(): boolean
  /** Bytes of the record that was packed last; 0 when it was left out because it is on the log already. */
  readonly packed_bytes: number
}

/** @param skip events per partition that are on the log already; counted down */
export function directPacker(
  context: ParseContext,
  run: string,
  packers: readonly RecordPacker[],
  skip: number[],
): DirectPacker {
  const encoder = new DirectEncoder(compileTypes(), context, run)
  let event_bytes = 0
  let packed_bytes = 0
  return {
    read(src, at) {
      const behind = encoder.read(src, at, context.now_ms)
      event_bytes = behind - at
      return event_bytes > EVENT_BYTES_MAX ? -1 : behind
    },
    pack() {
      const partition = encoder.partition(packers.length)
      if (partition === -1) return false
      const packer = packers[partition]!
      const out = packer.room(roomFor(event_bytes))
      const end = encoder.write(out, packer.value_at)
      if (end === -1) return false
      packed_bytes = 0
      if (skip[partition]! > 0) skip[partition]!--
      else packed_bytes = packer.commit(encoder.key, end)
      return true
    },
    get packed_bytes() {
      return packed_bytes
    },
  }
}

/** Below every limit of a line or record, so that none of them need be checked. */
export const EVENT_BYTES_MAX = 64 * 1024
