import { TOPICS } from '../../schemas/topics.ts'
import { detectStage } from '../detect/stage.ts'
import { evaluateStage } from '../evaluate/stage.ts'
import { fatigueStage } from '../forecast/fatigue/stage.ts'
import { fatigueTruthSources } from '../forecast/fatigue/truth.ts'
import { ltvStage } from '../forecast/ltv/stage.ts'
import { ltvTruth } from '../forecast/ltv/truth.ts'
import { rulesStage } from '../rules/stage.ts'
import { webhooksStage } from '../webhooks/stage.ts'
import type { Stage } from './stage.ts'

/** Every stage of a process that runs pipelines. One more stage is one more line here. */
export const STAGES: readonly Stage[] = [
  detectStage(),
  webhooksStage(),
  rulesStage(),
  ltvStage(),
  evaluateStage([ltvTruth, ...fatigueTruthSources()]),
  // Half a megabyte of what was learnt: read when there is something to forecast.
  fatigueStage(async () => (await import('../../models/fatigue/shipped.ts')).shippedModel()),
]

/** Topics that stages write. On the embedded log a topic has one writing thread: theirs. */
export const STAGE_TOPICS: readonly string[] = [TOPICS.alerts.name]
