import { explain } from '../../models/root-cause/explain.ts'
import type { CommandContext } from '../command.ts'
import { readCube } from '../explain/read-cube.ts'

/**
 * `omnify explain`: a cube of real and predicted sums as CSV on standard input; on standard output its causes as JSON,
 * `[{"set":{"a":"a1","b":"b2"},"score":0.93,"share":0.41}]`, best first. Nothing stands out of the noise: `[]`.
 * Everything changed alike, so that the cause lies outside: one entry with an empty set.
 *
 * @throws Error with the number of the line that cannot be read
 */
export async function run({ stdin, stdout }: CommandContext): Promise<number> {
  const { causes } = explain(await readCube(stdin))
  const lines = causes.map(({ set, score, share }) => ({ set, score: rounded(score), share: rounded(share) }))
  stdout.write(`${JSON.stringify(lines)}\n`)
  return 0
}

function rounded(value: number): number {
  return Number(value.toFixed(6))
}
