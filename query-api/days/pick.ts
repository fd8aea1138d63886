import { type Depth, isCampaignLevel } from '../metrics/slices.ts'
import { type DayPage, type SliceKey, WIDTH } from './page.ts'

/**
 * Pure: which slices count in a key of a page: of each kind the best that reported anything there (see slices.ts). They
 * are told as numbers of the page's slices, -1 for none.
 */
export function pickerOf(depth: Depth, page: DayPage): (key: SliceKey) => readonly [main: number, assets: number] {
  const numbersOf = (slices: readonly string[]) => slices.map((slice) => page.slices.values.indexOf(slice))
  const [main, assets] = [numbersOf(depth.main), numbersOf(depth.assets)]
  return (key) => {
    const best = bestOf(main, page, key)
    // A campaign's own row holds its asset groups already.
    const isWhole = best !== -1 && isCampaignLevel(page.slices.values[best]!)
    return [best, isWhole ? -1 : bestOf(assets, page, key)]
  }
}

function bestOf(slices: readonly number[], page: DayPage, { end, first }: SliceKey): number {
  for (const slice of slices) {
    if (slice === -1) continue
    for (let cell = first; cell < end; cell++) {
      if (page.slices.at[cell] === slice && page.sums[cell * WIDTH]! > 0) return slice
    }
  }
  return -1
}
