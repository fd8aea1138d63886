/** Why a number that was known is another one now, in the order in which equally many are named. */
export const CAUSES = [
  'restatement',
  'edit',
  'cancellation',
  'refund',
  'late_delivery',
  'new',
] as const satisfies readonly string[]

export type Cause = (typeof CAUSES)[number]

/** What each cause means, for the docs. */
export const CAUSE_TEXTS: Readonly<Record<Cause, string>> = {
  restatement: 'The platform reports another value for a delivery that was known.',
  edit: 'An order or refund that was known has another amount, day, platform or state.',
  cancellation: 'An order that was known has been cancelled or voided.',
  refund: 'A refund that was not known.',
  late_delivery:
    'A delivery or order that was not known, of a day that was over, or observed before and received after.',
  new: 'A delivery or order that was not known, of a day that was not over.',
}

/** The tables that measures are made of. */
export type Family = 'delivery' | 'orders' | 'refunds'

/** Observations that came since, by where their numbers stand (or stood) and by why. */
export type Touched = {
  readonly family: Family
  /** Days since 1970. */
  readonly day: number
  /** '' is unknown, as in tables; so is a currency. */
  readonly platform: string
  readonly currency: string
  readonly cause: Cause
  readonly facts: number
}
