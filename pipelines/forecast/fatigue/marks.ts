import type { Store } from '../../store/client.ts'

/**
 * How far the stage has come in something that is counted: offsets, places. Kept beside the checkpoints of detection,
 * absolute and only growing, so that the greatest is the newest.
 */
export async function readMark(store: Store, piece: string): Promise<number> {
  const [row] = await store.query<{ at: string }>(
    'SELECT toString(max(version)) AS at FROM detect_checkpoints WHERE name = {name:String} AND piece = {piece:String}',
    { name: NAME, piece },
  )
  return Number(row?.at ?? 0)
}

export async function writeMark(store: Store, piece: string, at: number): Promise<void> {
  await store.command(
    `INSERT INTO detect_checkpoints (name, piece, version, state)
     SELECT {name:String}, {piece:String}, {at:UInt64}, ''`,
    { name: NAME, piece, at },
  )
}

const NAME = 'fatigue'
