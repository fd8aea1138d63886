import { type Cause, explain } from '../../models/root-cause/explain.ts'
import { explainRatio } from '../../models/root-cause/ratio.ts'
import type { CommandContext } from '../command.ts'
import { type CubesRead, readCube } from '../explain/read-cube.ts'

/**
 * `omnify explain`: a cube of real and predicted sums as CSV on standard input; on standard output its causes as JSON,
 * `[{"set":{"a":"a1","b":"b2"},"score":0.93,"share":0.41}]`, best first. Nothing stands out of the noise: `[]`.
 * Everything changed alike, so that the cause lies outside: one entry with an empty set. For a ratio each cause says
 * which side of it moved, and its share is of that side's change.
 *
 * @throws Error with the number of the line that cannot be read
 */
export async function run({ stdin, stdout }: CommandContext): Promise<number> {
  stdout.write(`${JSON.stringify(answer(await readCube(stdin)))}\n`)
  return 0
}

function answer(read: CubesRead) {
  if ('metric' in read) return explain(read.metric).causes.map(shown)
  return explainRatio(read.numerator, read.denominator).flatMap(({ side, causes }) =>
    causes.map((cause) => ({ ...shown(cause), side })),
  )
}

function shown({ set, score, share }: Cause) {
  return { set, score: Number(score.toFixed(6)), share: Number(share.toFixed(6)) }
}
