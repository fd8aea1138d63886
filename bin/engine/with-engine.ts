import type { CommandContext } from '../command.ts'
import { ALL_ROLES, type Engine, startEngine } from './engine.ts'
import { stderrLogger } from './logger.ts'

/** Runs some work in an engine that is started for it and stopped afterwards. */
export async function withEngine<T>(
  { config, stderr }: CommandContext,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  // With Kafka the pipelines may run elsewhere; a member of our own takes its share meanwhile, and does no harm.
  const engine = await startEngine(config, stderrLogger(stderr, { info: false }), ALL_ROLES)
  try {
    return await Promise.race([
      work(engine),
      engine.ended.then((): never => {
        throw new Error('the engine ended before the work was done')
      }),
    ])
  } finally {
    await engine.stop()
  }
}
