import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { writeModel } from '../../models/fatigue/written-model.ts'
import { heldOutText, learnFatigue } from './learn-fatigue.ts'
import { readCreativeDays, readCreativeFates } from './read-creatives.ts'

/**
 * Learns as the engine will see days, and writes what was learnt with its provenance. No platform's daily report says how
 * many people a creative has reached since launch, so `reach_cum` is left out of what is learnt from.
 *
 * @throws Error for a file that cannot be read or written, or too few accounts and onsets
 */
export async function saveFatigue(of: {
  readonly daily: string
  readonly truth: string
  readonly file: string
  readonly stderr: NodeJS.WritableStream
  readonly stdout: NodeJS.WritableStream
}): Promise<number> {
  const { daily, file, stderr, stdout, truth } = of
  const days = (await readCreativeDays(daily)).map((day) => ({ ...day, reach_cum: null }))
  const fates = await readCreativeFates(truth)
  stderr.write(`learning from ${days.length} days of ${fates.length} creatives\n`)
  const model = learnFatigue(days, fates, daily)
  stderr.write(heldOutText(model))
  const learnt_from = await Promise.all([daily, truth].map(fingerprint))
  const command = `omnify forecast fatigue --train ${basename(daily)},${basename(truth)} --save ${basename(file)}`
  const text = writeModel(model, { learnt_from, command, commit: await commitHere() })
  await writeFile(file, text)
  stdout.write(
    `${JSON.stringify({ file, bytes: text.length, levels: recordsOf(model.levels), unpriced: model.unpriced && recordsOf(model.unpriced) })}\n`,
  )
  return 0
}

function recordsOf(levels: Readonly<Record<string, { readonly record: unknown; readonly thresholds: unknown }>>) {
  return Object.fromEntries(
    Object.entries(levels).map(([level, { record, thresholds }]) => [level, { record, thresholds }]),
  )
}

async function fingerprint(file: string): Promise<{ file: string; sha256: string }> {
  return {
    file: basename(file),
    sha256: createHash('sha256')
      .update(await readFile(file))
      .digest('hex'),
  }
}

/** Null where there is no git, or no repository. */
function commitHere(): Promise<string | null> {
  return new Promise((resolve) => {
    execFile('git', ['rev-parse', 'HEAD'], { cwd: import.meta.dirname }, (error, stdout) => {
      resolve(error === null ? stdout.trim() : null)
    })
  })
}
