import type { Cube } from './cube.ts'
import { type Cause, explain } from './explain.ts'

/** One side of a ratio that moved. */
export type Side = {
  readonly side: 'numerator' | 'denominator'
  /** Its part of ln(real ratio / expected ratio); the two sides add up to it. Null where a sum is not above 0. */
  readonly change: number | null
  readonly causes: readonly Cause[]
}

/**
 * Why a ratio is not what was expected: never from the ratios of the leaves, most of which rest on next to nothing, but
 * side by side from the sums that it is made of. What moved both sides alike at one place (half the clicks, and with
 * them half the conversions) has left the ratio alone and is no cause of either.
 *
 * @param numerator, denominator over the same leaves
 * @returns the side with the larger part of the change first
 */
export function explainRatio(numerator: Cube, denominator: Cube): readonly Side[] {
  const [above, below] = [explain(numerator), explain(denominator)]
  const [up, down] = [logChange(numerator), logChange(denominator)]
  const alike = (one: Cause, others: readonly Cause[]) =>
    above.direction === below.direction &&
    others.some((other) => sameSet(one.set, other.set) && Math.abs(one.size - other.size) <= SIZE_ALIKE)
  const sides: readonly Side[] = [
    { side: 'numerator', change: up, causes: above.causes.filter((one) => !alike(one, below.causes)) },
    {
      side: 'denominator',
      change: down === null ? null : -down,
      causes: below.causes.filter((one) => !alike(one, above.causes)),
    },
  ]
  return sides.toSorted((a, b) => Math.abs(b.change ?? 0) - Math.abs(a.change ?? 0))
}

/** Sizes of effects that are the same as far as anybody can tell. */
const SIZE_ALIKE = 0.1

function logChange({ real, expected }: Cube): number | null {
  const [came, due] = [real, expected].map((side) => side.reduce((sum, value) => sum + value, 0)) as [number, number]
  return came > 0 && due > 0 ? Math.log(came / due) : null
}

function sameSet(a: Cause['set'], b: Cause['set']): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}
