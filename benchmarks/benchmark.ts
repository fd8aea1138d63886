/**
 * One benchmark: a file that exports a value of this type, and a line in `list.ts`. It measures; whether a goal is met
 * is worked out from its figures, and a figure that is wrong is an error and not a figure.
 */
export type Benchmark = {
  readonly name: string
  /** What is measured, as one sentence for the table. */
  readonly about: string
  /** Sizes of a run that counts; most are flags of `npm run bench`. */
  readonly sizes: Sizes
  /** Sizes of the run in the test suite: does it still work at all. */
  readonly smoke: Sizes
  /** The range of a flag where the usual one is not meant: what is counted is something else. */
  readonly ranges?: Readonly<Partial<Record<SizeName, Range>>>
  readonly goals: readonly Goal[]
  /** Figures for the table besides those of the goals. */
  readonly shows: readonly string[]
  /** A figure that is a record of numbers, for a table of its own. */
  readonly breaks_down?: string
  /**
   * The benchmark as flags of the command line make it; undefined where they say nothing to it.
   *
   * @throws RangeError for flags that do not go together
   */
  readonly narrowed?: (options: Options) => Benchmark | undefined
  /** @throws Error when the engine's answer was not right: then no figure means anything */
  run(bench: Bench): Promise<Figures>
}

export type SizeName = 'events' | 'seconds' | 'minutes' | 'runs' | 'rate' | 'world'
export type Range = { readonly min: number; readonly max: number }
export type Sizes = Readonly<Partial<Record<SizeName, number>>>

/** Flags besides sizes, each of which some benchmark knows. */
export type Options = { readonly facts: boolean } & {
  readonly [name in (typeof TEXT_OPTIONS)[number]]: string | undefined
}
export const TEXT_OPTIONS = ['log', 'topic', 'ads', 'truth', 'file', 'out'] as const

/** Names say their unit, units last: `p99_ms`, `rss_peak_mb_engine`. A figure that could not be had is null. */
export type Figures = { readonly [name: string]: Figure }
type Figure = number | string | boolean | null | readonly Figure[] | Figures

export type Goal = { readonly figure: string } & ({ readonly at_most: number } | { readonly at_least: number })

/** What a running benchmark is given. */
export type Bench = {
  /** @throws RangeError for a size that the benchmark did not declare */
  size(name: SizeName): number
  /** An empty folder, removed at the end. */
  readonly dir: string
  /** `KAFKA_BROKERS`, where it is set. */
  readonly kafka_brokers: string | undefined
  /** Aborts when the user stops the run: loops look at it. */
  readonly signal: AbortSignal
  /** A line of progress. */
  say(text: string): void
  /** Undone in reverse order at the end, however that comes. */
  readonly cleanup: AsyncDisposableStack
}

export type Report = Figures & {
  readonly benchmark: string
  readonly sizes: Sizes
  readonly goals: readonly GoalReport[]
}
export type GoalReport = {
  readonly figure: string
  readonly value: number | null
  readonly at_most: number | null
  readonly at_least: number | null
  readonly met: boolean
}
