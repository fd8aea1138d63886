import type { Examples, Network, TrainNetwork } from '../../models/ltv/challenger.ts'
import { SIGMA_LEAST } from '../../models/ltv/ziln.ts'
import { drawNormal } from '../../models/math/draw.ts'
import { type Random, seeded } from '../../models/math/random.ts'
import type { Tensor, Tensorflow, Variable } from './types.ts'

/**
 * Trains two hidden layers by Adam on the loss of `zilnLoss`. Weights and the order of examples come from the seed, so
 * on one machine and back end the same examples give the same network.
 *
 * @param epochs how often every example is seen
 */
export function networkTrainer(tf: Tensorflow, { epochs = 60 }: { readonly epochs?: number } = {}): TrainNetwork {
  return async (examples, seed) => {
    const random = seeded(seed, 1)
    const weights = layersOf(tf, examples, random)
    const optimizer = tf.train.adam(LEARNING_RATE)
    const rows = examples.values.length
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = shuffled(rows, random)
      for (let from = 0; from < rows; from += BATCH) {
        const batch = batchOf(examples, order.subarray(from, from + BATCH))
        tf.tidy(() => {
          const x = tf.tensor2d(batch.features, [batch.values.length, examples.width])
          const bought = tf.tensor1d(batch.values.map((value) => (value > 0 ? 1 : 0)))
          const logs = tf.tensor1d(batch.values.map((value) => (value > 0 ? Math.log(value) : 0)))
          optimizer.minimize(() => lossOf(tf, outputs(x, weights), bought, logs), false, weights)
        })
      }
    }
    optimizer.dispose()
    return networkOf(tf, examples.width, weights)
  }
}

const HIDDEN = [64, 32] as const
const OUTPUTS = 3
const LEARNING_RATE = 2e-3
const BATCH = 1024

function networkOf(tf: Tensorflow, width: number, weights: readonly Variable[]): Network {
  return {
    async predict(features) {
      const out = tf.tidy(() => outputs(tf.tensor2d(features, [features.length / width, width]), weights))
      const values = await out.data()
      out.dispose()
      return values
    },
    close() {
      for (const weight of weights) weight.dispose()
    },
  }
}

/** A matrix and a bias for each layer; He's initialisation (2015). The outputs begin at what the values are on average. */
function layersOf(tf: Tensorflow, { values, width }: Examples, random: Random): Variable[] {
  const sizes = [width, ...HIDDEN, OUTPUTS]
  const start = startOf(values)
  return sizes.slice(1).flatMap((size, layer) => {
    const last = layer === HIDDEN.length
    const from = sizes[layer]!
    const spread = Math.sqrt(2 / from) * (last ? 0.1 : 1)
    const matrix = Float32Array.from({ length: from * size }, () => spread * drawNormal(random))
    const bias = last ? start : new Float32Array(size)
    return [tf.variable(tf.tensor2d(matrix, [from, size])), tf.variable(tf.tensor2d(bias, [1, size]))]
  })
}

function startOf(values: Float32Array): Float32Array {
  const logs = [...values].filter((value) => value > 0).map(Math.log)
  const share = Math.min(0.99, Math.max(0.01, logs.length / Math.max(1, values.length)))
  const mean = logs.reduce((sum, value) => sum + value, 0) / Math.max(1, logs.length)
  return Float32Array.of(Math.log(share / (1 - share)), mean, 0.5)
}

function outputs(x: Tensor, weights: readonly Variable[]): Tensor {
  let at: Tensor = x
  for (let i = 0; i < weights.length; i += 2) {
    at = at.matMul(weights[i]!).add(weights[i + 1]!)
    if (i + 2 < weights.length) at = at.relu()
  }
  return at
}

/** `zilnLoss` of models/ltv, from operations that can be differentiated and that wasm has. */
function lossOf(tf: Tensorflow, out: Tensor, bought: Tensor, logs: Tensor): Tensor {
  const column = (i: number) => out.slice([0, i], [-1, 1]).reshape([-1])
  const softplus = (x: Tensor) => x.relu().add(x.abs().neg().exp().add(tf.scalar(1)).log())
  const [odds, mu, raw] = [column(0), column(1), column(2)]
  const sigma = softplus(raw).maximum(tf.scalar(SIGMA_LEAST))
  const deviations = logs.sub(mu).div(sigma)
  const density = logs
    .add(sigma.log())
    .add(tf.scalar(HALF_LOG_2_PI))
    .add(deviations.square().mul(tf.scalar(0.5)))
  return softplus(odds).sub(odds.mul(bought)).add(density.mul(bought)).mean()
}

const HALF_LOG_2_PI = 0.5 * Math.log(2 * Math.PI)

function batchOf({ features, values, width }: Examples, rows: Uint32Array): Examples {
  const picked = new Float32Array(rows.length * width)
  rows.forEach((row, i) => {
    picked.set(features.subarray(row * width, (row + 1) * width), i * width)
  })
  return { width, features: picked, values: Float32Array.from(rows, (row) => values[row]!) }
}

/** Fisher and Yates. */
function shuffled(count: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const kept = order[i]!
    order[i] = order[j]!
    order[j] = kept
  }
  return order
}
