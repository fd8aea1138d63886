import type { Random } from '../../models/math/random.ts'

/**
 * The middle 90 % of each score over resamples of the places 0 … n − 1.
 *
 * @param block  places next to each other are drawn together where they say nearly the same, as overlapping horizons do
 *   (the circular block bootstrap of Politis and Romano 1992)
 */
export function bootstrap<K extends string>(
  n: number,
  scores: (picked: readonly number[]) => Readonly<Record<K, number>>,
  resamples: number,
  random: Random,
  block = 1,
): Record<K, readonly [low: number, high: number]> {
  const runs = Array.from({ length: resamples }, () =>
    scores(
      Array.from({ length: Math.ceil(n / block) }, () => Math.floor(random() * n))
        .flatMap((first) => Array.from({ length: block }, (_, k) => (first + k) % n))
        .slice(0, n),
    ),
  )
  const names = Object.keys(runs[0]!) as K[]
  const at = (sorted: readonly number[], p: number) =>
    Number(sorted[Math.floor(p * (sorted.length - 1) + 0.5)]!.toPrecision(4))
  const intervals: Partial<Record<K, readonly [number, number]>> = {}
  for (const name of names) {
    const sorted = runs.map((run) => run[name]).sort((a, b) => a - b)
    intervals[name] = [at(sorted, 0.05), at(sorted, 0.95)]
  }
  return intervals as Record<K, readonly [number, number]>
}
