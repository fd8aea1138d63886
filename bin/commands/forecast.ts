import type { CommandContext } from '../command.ts'

/** What can be forecast: each a file in `forecast/`, loaded when it is asked for. */
const FORECASTS: Readonly<Record<string, () => Promise<(context: CommandContext) => Promise<number>>>> = {
  ltv: async () => (await import('../forecast/ltv.ts')).forecastLtvCommand,
  fatigue: async () => (await import('../forecast/fatigue.ts')).forecastFatigueCommand,
}

/** `omnify forecast ltv|fatigue`: the models as tools of their own, on files and without an engine. */
export async function run(context: CommandContext): Promise<number> {
  const forecast = await FORECASTS[context.args[0]!]!()
  return forecast(context)
}
