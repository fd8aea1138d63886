import { describe, expect, test } from 'vitest'
import { zilnLoss } from '../../../models/ltv/ziln.ts'
import { seeded } from '../../../models/math/random.ts'
import { loadTensorflow, TensorflowMissing } from '../../../pipelines/tensorflow/load.ts'
import { networkTrainer } from '../../../pipelines/tensorflow/network.ts'
import type { Tensorflow } from '../../../pipelines/tensorflow/types.ts'

/** The package is not among ours (300 MB); where somebody has installed it, the network is tested too. */
const loaded: Tensorflow | TensorflowMissing = await loadTensorflow().catch((error: unknown) => {
  if (error instanceof TensorflowMissing) return error
  throw error
})

test.skipIf(!(loaded instanceof TensorflowMissing))('without TensorFlow.js it is said how to get it', () => {
  expect((loaded as TensorflowMissing).message).toContain('npm install --no-save --ignore-scripts @tensorflow/tfjs@')
})

describe.skipIf(loaded instanceof TensorflowMissing)('with TensorFlow.js, the network', () => {
  const random = seeded(1)
  const rows = 2_000
  const features = Float32Array.from({ length: rows * 2 }, () => 2 * random() - 1)
  // Who has more of the first feature buys more often, who has more of the second spends more.
  const values = Float32Array.from({ length: rows }, (_, i) => {
    const buys = random() < 1 / (1 + Math.exp(-3 * features[2 * i]!))
    return buys ? Math.exp(2 + features[2 * i + 1]! + 0.3 * (random() + random() + random() - 1.5)) : 0
  })
  const examples = { width: 2, features, values }
  const trained = async () => {
    const network = await networkTrainer(loaded as Tensorflow, { epochs: 15 })(examples, 5)
    const outputs = await network.predict(features)
    network.close()
    return outputs
  }

  test('learns what decides, by the loss that stands in plain numbers', async () => {
    const outputs = await trained()
    const flat = values.reduce<number[]>((all) => all.concat(0, 2, 0.5), [])
    expect(zilnLoss(outputs, values)).toBeLessThan(zilnLoss(flat, values) - 0.3)
    // An odds ratio of e³ and a slope of 1 in the logs.
    const mean = (of: (i: number) => boolean, column: number) => {
      const picked = [...values.keys()].filter(of)
      return picked.reduce((sum, i) => sum + outputs[3 * i + column]!, 0) / picked.length
    }
    expect(mean((i) => features[2 * i]! > 0.5, 0) - mean((i) => features[2 * i]! < -0.5, 0)).toBeGreaterThan(3)
    const slope = mean((i) => features[2 * i + 1]! > 0.5, 1) - mean((i) => features[2 * i + 1]! < -0.5, 1)
    expect(Math.abs(slope - 1.5)).toBeLessThan(0.3)
  })

  test('is the same from the same seed', async () => {
    expect(await trained()).toEqual(await trained())
  })
})
