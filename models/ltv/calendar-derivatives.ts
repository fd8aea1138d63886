import { bgNbd } from './bg-nbd.ts'
import { byCount, type Rows } from './rows.ts'

/** What a calendar does to BG/NBD's likelihood, up to its second derivatives at no calendar at all. */
export type CalendarDerivatives = {
  /** Repeat orders that are expected in each week before the cut, last week first. */
  readonly expected: Float64Array
  /** −∂² ln L / ∂ ln parameter ∂ g, one row per parameter. */
  readonly cross: readonly Float64Array[]
  /** −∂² ln L / ∂g ∂g. */
  readonly own: readonly Float64Array[]
}

/** @param weeks how many before the cut; g is the ln of the pace of a week, the same for everybody */
export function calendarDerivatives(rows: Rows, ln_parameters: readonly number[], weeks: number): CalendarDerivatives {
  const expected = expectedByWeek(ln_parameters.map(Math.exp), rows, weeks)
  return {
    expected,
    cross: ln_parameters.map((_, j) => derivative(rows, weeks, ln_parameters, j)),
    own: calendarInformation(rows, weeks, ln_parameters, expected),
  }
}

/** Second derivatives of −ln L by central differences, on ln parameters. */
export function informationAt(rows: Rows, ln_parameters: readonly number[]): Float64Array[] {
  const step = 1e-3
  const f = (ln: readonly number[]) => -bgNbd.logLikelihood(ln.map(Math.exp), rows)
  const moved = (i: number, by: number, j: number, and: number) =>
    f(ln_parameters.map((value, k) => value + (k === i ? by : 0) + (k === j ? and : 0)))
  return ln_parameters.map((_, i) =>
    Float64Array.from(
      ln_parameters,
      (_, j) =>
        (moved(i, step, j, step) - moved(i, step, j, -step) - moved(i, -step, j, step) + moved(i, -step, j, -step)) /
        (4 * step * step),
    ),
  )
}

/**
 * −∂ ln L / ∂(length of week w): how many repeat orders BG/NBD expects in each week of those who are in the data, given
 * their whole history. A customer lives from T weeks before the cut to the cut, the last order is T − t_x before it.
 */
function expectedByWeek(parameters: readonly number[], rows: Rows, weeks: number): Float64Array {
  const [r, alpha, a, b] = parameters as [number, number, number, number]
  const odds = byCount(rows, (x) => (x === 0 ? 0 : a / (b + x - 1)))
  const out = new Float64Array(weeks)
  for (let i = 0; i < rows.size; i++) {
    const [x, t_x, T] = [rows.x[i]!, rows.t_x[i]!, rows.T[i]!]
    const left = odds[i] === 0 ? 0 : odds[i]! * ((alpha + T) / (alpha + t_x)) ** (r + x)
    const alive = 1 / (1 + left)
    addInterval(out, 0, T, (rows.weight[i]! * alive * (r + x)) / (alpha + T))
    if (x > 0) addInterval(out, T - t_x, T, (rows.weight[i]! * (1 - alive) * (r + x)) / (alpha + t_x))
  }
  return out
}

function addInterval(out: Float64Array, from: number, until: number, density: number): void {
  for (let w = Math.floor(from); w < Math.min(until, out.length); w++) {
    out[w]! += density * (Math.min(until, w + 1) - Math.max(from, w))
  }
}

/** ∂ expected orders by week / ∂ ln parameter j. */
function derivative(rows: Rows, weeks: number, ln_parameters: readonly number[], j: number): Float64Array {
  const step = 1e-4
  const at = (by: number) => expectedByWeek(ln_parameters.with(j, ln_parameters[j]! + by).map(Math.exp), rows, weeks)
  const [more, less] = [at(step), at(-step)]
  return more.map((value, w) => (value - less[w]!) / (2 * step))
}

/**
 * −∂² ln L / ∂g ∂g: the expected counts on the diagonal, less what a longer life and a later last order take from the
 * rate. A row adds constants over rectangles of weeks, so they are added at the corners and summed up once. Exact to the
 * day: calendar and parameters are told apart by little else than the prior, and any slip makes the whole indefinite.
 */
function calendarInformation(
  rows: Rows,
  weeks: number,
  ln_parameters: readonly number[],
  expected: Float64Array,
): Float64Array[] {
  const [r, alpha, a, b] = ln_parameters.map(Math.exp) as [number, number, number, number]
  const odds = byCount(rows, (x) => (x === 0 ? 0 : a / (b + x - 1)))
  const out = Array.from({ length: weeks + 1 }, () => new Float64Array(weeks + 1))
  for (let i = 0; i < rows.size; i++) {
    const [n, t_x, T, weight] = [r + rows.x[i]!, rows.t_x[i]!, rows.T[i]!, rows.weight[i]!]
    const gone = odds[i] === 0 ? 0 : 1 / (1 + 1 / (odds[i]! * ((alpha + T) / (alpha + t_x)) ** n))
    const both = gone * (1 - gone)
    const whole = n / (alpha + T)
    const until = n / (alpha + t_x)
    const life = piecesOf(0, Math.min(T, weeks))
    addProduct(out, life, life, -weight * ((1 - gone) / n + both) * whole * whole)
    if (gone === 0) continue
    const bought = piecesOf(Math.min(T - t_x, weeks), Math.min(T, weeks))
    addProduct(out, life, bought, weight * both * whole * until)
    addProduct(out, bought, life, weight * both * whole * until)
    addProduct(out, bought, bought, -weight * (gone / n + both) * until * until)
  }
  return summedUp(out, weeks).map((row, w) => row.with(w, row[w]! + expected[w]!))
}

/** Weeks from … to, the end not included, of which this share counts. */
type Piece = { readonly from: number; readonly to: number; readonly share: number }

/** An interval in weeks: a part of its first, all of those between, a part of its last. */
function piecesOf(from: number, until: number): Piece[] {
  const [first, last] = [Math.floor(from), Math.floor(until)]
  if (first === last) return until > from ? [{ from: first, to: first + 1, share: until - from }] : []
  const pieces = [{ from: first, to: first + 1, share: first + 1 - from }]
  if (last > first + 1) pieces.push({ from: first + 1, to: last, share: 1 })
  if (until > last) pieces.push({ from: last, to: last + 1, share: until - last })
  return pieces
}

function addProduct(out: Float64Array[], some: readonly Piece[], others: readonly Piece[], by: number): void {
  for (const w of some) {
    for (const v of others) {
      const value = by * w.share * v.share
      out[w.from]![v.from]! += value
      out[w.from]![v.to]! -= value
      out[w.to]![v.from]! -= value
      out[w.to]![v.to]! += value
    }
  }
}

function summedUp(corners: readonly Float64Array[], weeks: number): Float64Array[] {
  let above = new Float64Array(weeks)
  return corners.slice(0, weeks).map((row) => {
    let along = 0
    above = above.map((value, v) => {
      along += row[v]!
      return value + along
    })
    return above
  })
}
