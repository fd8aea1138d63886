/** A curve that never falls, through points in ascending order of x, straight between them and level outside. */
export type Isotonic = { readonly x: readonly number[]; readonly y: readonly number[] }

/**
 * Isotonic regression by pooling adjacent violators (Ayer and others 1955): the curve that never falls with the least squared
 * error. Each pool becomes a point at its mean, and between pools the curve is straight, so that what was ranked apart
 * stays apart (steps would tie it).
 *
 * Means are drawn a little towards that of all, by `prior` observations: the outermost pools would claim certainty.
 *
 * @param xs predictors, any order
 * @param ys outcomes in 0 to 1
 * @throws RangeError without data, or when lengths differ
 */
export function fitIsotonic(xs: ArrayLike<number>, ys: ArrayLike<number>, prior = 2): Isotonic {
  if (xs.length === 0 || xs.length !== ys.length)
    throw new RangeError('isotonic regression needs as many xs as ys, and some')
  const order = Array.from({ length: xs.length }, (_, i) => i).sort((a, b) => xs[a]! - xs[b]!)
  let mean = 0
  for (let i = 0; i < ys.length; i++) mean += ys[i]! / ys.length
  const pools: { x: number; y: number; count: number }[] = []
  for (let at = 0; at < order.length; ) {
    // Equal xs are one point from the start: which of their ys came first must not matter.
    const x = xs[order[at]!]!
    let sum = 0
    let count = 0
    for (; at < order.length && xs[order[at]!] === x; at++) {
      sum += ys[order[at]!]!
      count++
    }
    let pool = { x, y: sum / count, count }
    for (let last = pools.at(-1); last !== undefined && last.y >= pool.y; last = pools.at(-1)) {
      pools.pop()
      pool = merge(last, pool)
    }
    pools.push(pool)
  }
  return {
    x: pools.map(({ x }) => x),
    y: pools.map(({ count, y }) => (y * count + mean * prior) / (count + prior)).map(neverFalling()),
  }
}

/** @param x any number; outside of the points the curve is level */
export function isotonicAt({ x: xs, y: ys }: Isotonic, x: number): number {
  const last = xs.length - 1
  if (!(x > xs[0]!)) return ys[0]!
  if (x >= xs[last]!) return ys[last]!
  let low = 0
  let high = last
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (xs[middle]! <= x) low = middle
    else high = middle
  }
  const part = (x - xs[low]!) / (xs[high]! - xs[low]!)
  return ys[low]! + part * (ys[high]! - ys[low]!)
}

type Pool = { readonly x: number; readonly y: number; readonly count: number }

function merge(a: Pool, b: Pool): Pool {
  const count = a.count + b.count
  return { x: (a.x * a.count + b.x * b.count) / count, y: (a.y * a.count + b.y * b.count) / count, count }
}

/** Drawing pools of different sizes towards the mean may turn two of them round. */
function neverFalling(): (y: number) => number {
  let greatest = Number.NEGATIVE_INFINITY
  return (y) => {
    greatest = Math.max(greatest, y)
    return greatest
  }
}
