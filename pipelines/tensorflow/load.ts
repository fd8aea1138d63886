import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import type { Tensorflow } from './types.ts'

/** TensorFlow.js is not installed: 300 MB that most installations never need. The message says how to get it. */
export class TensorflowMissing extends Error {}

/**
 * TensorFlow.js, as the user has installed it: the native library where it is there, else wasm on one thread, which adds
 * up in the same order every time.
 *
 * @throws TensorflowMissing
 */
export async function loadTensorflow(): Promise<Tensorflow> {
  return (await native()) ?? (await wasm())
}

const NATIVE = '@tensorflow/tfjs-node'
const PLAIN = '@tensorflow/tfjs'
const WASM = '@tensorflow/tfjs-backend-wasm'
const HOW = `npm install --no-save --ignore-scripts ${PLAIN}@4.22.0 ${WASM}@4.22.0`

/** Its binding calls a function of `node:util` that Node 23 has removed. */
async function native(): Promise<Tensorflow | undefined> {
  if (placeOf(NATIVE) === undefined) return undefined
  const util = require('node:util') as { isNullOrUndefined?: (value: unknown) => boolean }
  util.isNullOrUndefined ??= (value) => value === null || value === undefined
  const tf = load<Tensorflow>(NATIVE)
  await tf.ready()
  return tf
}

async function wasm(): Promise<Tensorflow> {
  const entry = placeOf(WASM)
  if (placeOf(PLAIN) === undefined || entry === undefined) {
    throw new TensorflowMissing(`TensorFlow.js is not installed: ${HOW}`)
  }
  const tf = load<Tensorflow>(PLAIN)
  const backend = load<{ setWasmPaths(path: string): void; setThreadsCount(count: number): void }>(WASM)
  backend.setWasmPaths(join(dirname(entry), sep))
  backend.setThreadsCount(1)
  await tf.setBackend('wasm')
  await tf.ready()
  return tf
}

const require = createRequire(import.meta.url)

/** The file that the package begins with; undefined where it is not installed. */
function placeOf(name: string): string | undefined {
  try {
    return require.resolve(name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}

/** Loaded as CommonJS, all of them: the packages share one core, and its other form would be a second one. */
function load<T>(name: string): T {
  return require(name) as T
}
