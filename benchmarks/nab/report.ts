import { rounded } from '../support/statistics.ts'
import { countEvents, eventF1 } from './events.ts'
import { bestThreshold, type NabProfile, normalised, PROFILES, rawScore, type ScoredFile } from './score.ts'

/** A file as a detector scored it, with its alerts as they came. */
export type JudgedFile = ScoredFile & { readonly alerts: ArrayLike<number> }

/** The middle nine tenths of the figure over so many resamples of the files. */
const RESAMPLES = 1_000

/**
 * The figures of the Numenta Anomaly Benchmark for one detector: each profile's score with its threshold fitted to all
 * files, as the benchmark does; the same with the threshold fitted to the other categories, which the detector would
 * have had on files that nobody has seen; and the events of its own alerts.
 *
 * @param random for the intervals, which resample the files at the fitted threshold
 */
export function nabReport(files: readonly JudgedFile[], random: () => number) {
  const fitted = mapProfiles((profile) => fitTo(files, profile))
  const raws = files.map((file) => rawScore(file, fitted.standard.threshold, PROFILES.standard))
  const counts = files.map(({ file, alerts }) => countEvents(file, alerts))
  const sum = (field: 'hit' | 'missed' | 'false_alarms') => counts.reduce((all, one) => all + one[field], 0)
  return {
    nab_standard: fitted.standard.score,
    nab_standard_90: interval(random, files.length, (picked) =>
      normalised(total(picked.map((i) => raws[i]!)), pick(files, picked), PROFILES.standard),
    ),
    nab_low_fp: fitted.low_fp.score,
    nab_low_fn: fitted.low_fn.score,
    nab_standard_other_categories: rounded(scoreByOthers(files, PROFILES.standard)),
    nab_low_fp_other_categories: rounded(scoreByOthers(files, PROFILES.low_fp)),
    event_f1: rounded(eventF1(counts), 3),
    event_f1_90: interval(random, files.length, (picked) => eventF1(pick(counts, picked)), 3),
    windows_hit: sum('hit'),
    windows: sum('hit') + sum('missed'),
    false_alarms: sum('false_alarms'),
    thresholds: mapProfiles((_, name) => rounded(fitted[name].threshold, 4)),
    nab_standard_by_category: Object.fromEntries(
      categoriesOf(files).map((category) => {
        const own = files.filter(({ file }) => file.category === category && file.windows.length > 0)
        const raw = total(own.map((file) => rawScore(file, fitted.standard.threshold, PROFILES.standard)))
        return [category, own.length === 0 ? null : rounded(normalised(raw, own, PROFILES.standard))]
      }),
    ),
  }
}

function fitTo(files: readonly ScoredFile[], profile: NabProfile) {
  const { threshold, raw } = bestThreshold(files, profile)
  return { threshold, score: rounded(normalised(raw, files, profile)) }
}

/** Each category at the threshold that is best for the other ones. */
function scoreByOthers(files: readonly ScoredFile[], profile: NabProfile): number {
  const raws = categoriesOf(files).map((category) => {
    const others = files.filter(({ file }) => file.category !== category)
    const { threshold } = bestThreshold(others, profile)
    const own = files.filter(({ file }) => file.category === category)
    return total(own.map((file) => rawScore(file, threshold, profile)))
  })
  return normalised(total(raws), files, profile)
}

function interval(random: () => number, size: number, figure: (picked: number[]) => number, digits = 1) {
  const figures = Array.from({ length: RESAMPLES }, () =>
    figure(Array.from({ length: size }, () => Math.floor(random() * size))),
  )
    .filter(Number.isFinite)
    .sort((a, b) => a - b)
  const at = (share: number) => rounded(figures[Math.floor(share * (figures.length - 1))]!, digits)
  return [at(0.05), at(0.95)]
}

function mapProfiles<T>(make: (profile: NabProfile, name: keyof typeof PROFILES) => T) {
  return {
    standard: make(PROFILES.standard, 'standard'),
    low_fp: make(PROFILES.low_fp, 'low_fp'),
    low_fn: make(PROFILES.low_fn, 'low_fn'),
  }
}

function categoriesOf(files: readonly ScoredFile[]): string[] {
  return [...new Set(files.map(({ file }) => file.category))]
}

function pick<T>(from: readonly T[], places: readonly number[]): T[] {
  return places.map((place) => from[place]!)
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
