import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CDNOW_CUT, readCdnowSample, readDonations, rowsOf, spendingAgain } from '../../../benchmarks/ltv/cdnow.ts'
import { bgBbLogLikelihood } from '../../../models/ltv/bg-bb.ts'
import { bgNbd } from '../../../models/ltv/bg-nbd.ts'
import type { BuyingModel } from '../../../models/ltv/buying-model.ts'
import { fitParameters } from '../../../models/ltv/fit.ts'
import { gammaGammaLogLikelihood, gammaGammaMean } from '../../../models/ltv/gamma-gamma.ts'
import { mbgCnbdK } from '../../../models/ltv/mbg-cnbd-k.ts'
import { paretoNbd } from '../../../models/ltv/pareto-nbd.ts'
import { toRows } from '../../../models/ltv/rows.ts'
import { hyp2f1 } from '../../../models/math/hypergeometric.ts'
import { sharedData } from '../../support/shared-data.ts'

const data = sharedData('known answers of the customer-value models')

describe.skipIf(data === undefined)('CDNOW sample, against reference packages', () => {
  const folder = join(data ?? '', 'ltv')
  const expected = JSON.parse(readFileSync(join(folder, 'expected_cdnow_sample.json'), 'utf8')) as Expected
  const customers = readCdnowSample(folder)
  const rows = rowsOf(customers, CDNOW_CUT)

  test.each([
    [bgNbd, expected.fit.bgnbd],
    [paretoNbd, expected.fit.paretonbd],
    [mbgCnbdK(1), expected.fit.mbgnbd],
  ])('$name: parameters and likelihood', (model: BuyingModel, { params, ll }) => {
    const fit = fitParameters((parameters) => model.logLikelihood(parameters, rows), model.start)
    expect(Math.abs(fit.log_likelihood - ll)).toBeLessThan(0.01)
    Object.values(params).forEach((value, i) => {
      expect(Math.abs(fit.parameters[i]! / value - 1)).toBeLessThan(0.005)
    })
  })

  test('Gamma-Gamma: parameters and likelihood', () => {
    const { params, ll, n } = expected.fit.gammagamma
    const spending = spendingAgain(customers, CDNOW_CUT)
    expect(spending.orders).toHaveLength(n)
    const fit = fitParameters((parameters) => gammaGammaLogLikelihood(parameters, spending), [1, 2, 10])
    expect(Math.abs(fit.log_likelihood - ll)).toBeLessThan(0.01)
    Object.values(params).forEach((value, i) => {
      expect(Math.abs(fit.parameters[i]! / value - 1)).toBeLessThan(0.005)
    })
  })

  test('BG/BB on the donations of its paper', () => {
    const donors = readDonations(folder)
    const fit = fitParameters((parameters) => bgBbLogLikelihood(parameters, donors), [1, 1, 1, 1])
    expect(Math.abs(fit.log_likelihood + 33225.58)).toBeLessThan(0.01)
  })

  test('each customer, at the published parameters', () => {
    const { bgnbd, paretonbd } = expected.at_published_params
    const known = expected.customers_at_published_params
    const unique = toRows(known.map(({ x, tx, T }) => ({ x, t_x: tx, T })))
    const alive = bgNbd.aliveOf(bgnbd, unique)
    const [bg39, bg13] = [39, 13].map((weeks) => bgNbd.ordersOf(bgnbd, unique, weeks)) as [Float64Array, Float64Array]
    const pareto39 = paretoNbd.ordersOf(paretonbd, unique, 39)
    known.forEach((customer, i) => {
      const row = unique.of[i]!
      expect(alive[row]).toBeCloseTo(customer.bg_palive, 9)
      expect(bg39[row]).toBeCloseTo(customer.bg_E39, 9)
      expect(bg13[row]).toBeCloseTo(customer.bg_E13, 9)
      expect(pareto39[row]).toBeCloseTo(customer.pn_E39, 9)
      // The published parameters of Gamma-Gamma have two digits.
      expect(gammaGammaMean([6.25, 3.74, 15.44], customer.x, customer.zbar)).toBeCloseTo(customer.gg_mean, 9)
    })
  })

  test.each(expected.hyp2f1)('2F1($a, $b; $c; $z)', ({ a, b, c, z, v }) => {
    expect(Math.abs(hyp2f1(a, b, c, z) / v - 1)).toBeLessThan(1e-13)
  })
})

test('a customer with 221 orders, one silent day ago, is alive by any of them', () => {
  const rows = toRows([{ x: 221, t_x: 103.43, T: 103.57 }])
  const parameters = [0.5143, 2.8845, 0.2856, 14.1087]
  expect(paretoNbd.aliveOf(parameters, rows)[0]).toBeCloseTo(0.9996, 4)
  expect(paretoNbd.logLikelihood(parameters, rows)).toSatisfy(Number.isFinite)
  expect(bgNbd.aliveOf([0.243, 4.414, 0.793, 2.426], rows)[0]).toBeGreaterThan(0.99)
})

type Fitted = { readonly params: Readonly<Record<string, number>>; readonly ll: number; readonly n: number }
type Expected = {
  readonly fit: Readonly<Record<'bgnbd' | 'paretonbd' | 'mbgnbd' | 'gammagamma', Fitted>>
  readonly at_published_params: { readonly bgnbd: readonly number[]; readonly paretonbd: readonly number[] }
  readonly customers_at_published_params: readonly Readonly<
    Record<'x' | 'tx' | 'T' | 'zbar' | 'bg_palive' | 'bg_E39' | 'bg_E13' | 'pn_E39' | 'gg_mean', number>
  >[]
  readonly hyp2f1: readonly Readonly<Record<'a' | 'b' | 'c' | 'z' | 'v', number>>[]
}
