import { COMMERCE_SLICE } from '../../schemas/windows.ts'
import type { Filter } from '../metrics/request.ts'
import type { Depth } from '../metrics/slices.ts'
import type { Chosen, DayPage } from './page.ts'
import { pickerOf } from './pick.ts'
import type { Shape } from './shapes.ts'

/** Which cells of a page count: of each key those of its best slices, and of the shop, that pass the filters. */
export type Choice = {
  readonly depth: Depth
  readonly shape: Shape
  /** On dimensions besides those of a key. */
  readonly filters: readonly Filter[]
  readonly withShop: boolean
  /** The same for the same choice of one shape. */
  readonly id: string
}

export function choiceOf(depth: Depth, shape: Shape, filters: readonly Filter[], withShop: boolean): Choice {
  const tests = filters.map(({ field, op, values }) => [field, op, values])
  return { depth, shape, filters, withShop, id: JSON.stringify([depth.main, depth.assets, tests, withShop]) }
}

/** The cells that count, worked out once a page and choice: ranges and measures of questions change more often. */
export function chosenCells(page: DayPage, choice: Choice): Chosen {
  const known = page.chosen.get(choice.id)
  if (known !== undefined) return known
  const shop = choice.withShop ? page.slices.values.indexOf(COMMERCE_SLICE) : -1
  const shown = cellsShown(page, choice)
  const pick = pickerOf(choice.depth, page)
  const cells: number[] = []
  const ends = Uint32Array.from(page.keys, (key) => {
    const [main, assets] = pick(key)
    for (let cell = key.first; cell < key.end; cell++) {
      const slice = page.slices.at[cell]!
      if ((slice === shop || slice === main || slice === assets) && shown?.[cell] !== 0) cells.push(cell)
    }
    return cells.length
  })
  const chosen = { cells: Uint32Array.from(cells), ends }
  if (page.chosen.size >= CHOICES_MAX) page.chosen.delete(page.chosen.keys().next().value!)
  page.chosen.set(choice.id, chosen)
  return chosen
}

/** `null` asks for what is unknown, which the tables spell ''. */
export function passes({ op, values }: Filter, label: string): boolean {
  const isAmong = values.some((value) => (value ?? '') === label)
  return op === 'ne' ? !isAmong : isAmong
}

/** Each takes a twentieth of what the page itself does. */
const CHOICES_MAX = 12

/** 1 for each cell that passes the filters; undefined without any. */
function cellsShown(page: DayPage, { filters, shape }: Choice): Uint8Array | undefined {
  if (filters.length === 0) return undefined
  const columns = filters.map((filter) => {
    const { at, values } = page.extra[shape.extra.indexOf(filter.field)]!
    return { at, passing: values.map((label) => passes(filter, label)) }
  })
  return Uint8Array.from(page.slices.at, (_, cell) => Number(columns.every(({ at, passing }) => passing[at[cell]!]!)))
}
