/** Forecasts of one bin added up: how often the event was promised, and how often it came. */
export type CalibrationBin = { readonly forecasts: number; readonly promised: number; readonly came: number }

export type CalibrationRow = {
  readonly forecasts: number
  /** Mean probability, and the share of events. */
  readonly probability: number
  readonly rate: number
}

/** @returns the rows of a calibration table, and its expected calibration error: Σ n/N · |rate − probability| */
export function calibrationTable(bins: readonly CalibrationBin[]): {
  readonly rows: readonly CalibrationRow[]
  readonly ece: number | null
} {
  const rows = bins
    .filter(({ forecasts }) => forecasts > 0)
    .map(({ forecasts, promised, came }) => ({ forecasts, probability: promised / forecasts, rate: came / forecasts }))
  const all = rows.reduce((sum, { forecasts }) => sum + forecasts, 0)
  if (all === 0) return { rows, ece: null }
  const off = rows.reduce((sum, row) => sum + row.forecasts * Math.abs(row.rate - row.probability), 0)
  return { rows, ece: off / all }
}

/** Bins of equal width of probabilities and their outcomes, 1 counted to the last one. */
export function binned(outcomes: readonly { probability: number; actual: number }[], count = 10): CalibrationBin[] {
  const bins = Array.from({ length: count }, () => ({ forecasts: 0, promised: 0, came: 0 }))
  for (const { probability, actual } of outcomes) {
    const bin = bins[Math.min(count - 1, Math.floor(probability * count))]!
    bin.forecasts++
    bin.promised += probability
    bin.came += actual
  }
  return bins
}
