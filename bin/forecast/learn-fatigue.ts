import type { CreativeDay, CreativeFate } from '../../models/fatigue/day.ts'
import type { FatigueModel } from '../../models/fatigue/model.ts'
import { TooLittleToLearn, trainFatigue } from '../../models/fatigue/train.ts'

/** Too little to learn from lies in the files and not in us: it is told as an error of theirs. */
export function learnFatigue(days: readonly CreativeDay[], fates: readonly CreativeFate[], file: string): FatigueModel {
  try {
    return trainFatigue(days, fates)
  } catch (error) {
    if (error instanceof TooLittleToLearn) throw new Error(`nothing can be learnt from ${file}: ${error.message}`)
    throw error
  }
}

/** How the model did on accounts held out, in words. */
export function heldOutText({ levels }: FatigueModel): string {
  const { record, thresholds } = levels.fatigued
  const { precision, recall } = record.first_alerts
  const percent = (share: number | null) => (share === null ? 'unknown' : `${(100 * share).toFixed(1)} %`)
  const right = `${percent(precision)} of the first alerts were right, ${percent(recall)} of the onsets were seen a week ahead`
  return `alerts from ${thresholds.alert.toFixed(3)} on: on accounts held out, ${right}\n`
}
