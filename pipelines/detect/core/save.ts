import { makeCalibration } from '../../../models/anomaly/counts/combine.ts'
import { SeriesBook, SINGLES } from './series.ts'
import { FAMILIES, type GroupState, newTenantState, type TenantState } from './state.ts'

/** A state as text, the same for the same state. Incidents are not in it: alerts have them. */
export function saveState(state: TenantState): string {
  const { book, budgets, calibrations, groups } = state
  const memory = book.memory.subarray(0, book.places.size * SINGLES)
  return JSON.stringify({
    format: FORMAT,
    names: [...book.places.keys()],
    memory: base64(memory),
    calibrations: Object.fromEntries(
      FAMILIES.map((family) => [family, calibrations[family].map((bands) => bands.map(base64))]),
    ),
    budgets,
    groups: [...groups],
  })
}

/** Undefined for a state that another version of the program wrote: it is learnt anew from the windows. */
export function loadState(text: string): TenantState | undefined {
  const saved = JSON.parse(text) as Saved
  if (saved.format !== FORMAT) return undefined
  const state = newTenantState()
  const calibrations = Object.fromEntries(
    FAMILIES.map((family) => {
      const made = makeCalibration()
      for (const [test, bands] of made.entries()) {
        for (const [band, past] of bands.entries()) {
          // A family that came later has no past yet.
          const known = saved.calibrations[family]?.[test]?.[band]
          if (known !== undefined) past.set(new Float64Array(bytesOf(known)))
        }
      }
      return [family, made]
    }),
  ) as TenantState['calibrations']
  return {
    ...state,
    calibrations,
    book: new SeriesBook(new Float32Array(bytesOf(saved.memory)), saved.names),
    budgets: saved.budgets,
    groups: new Map(saved.groups),
  }
}

type Saved = {
  readonly format: number
  readonly names: readonly string[]
  readonly memory: string
  readonly calibrations: Readonly<Record<string, readonly (readonly string[])[]>>
  readonly budgets: TenantState['budgets']
  readonly groups: readonly (readonly [string, GroupState])[]
}

/** Grows whenever a number in a state gets another meaning. */
const FORMAT = 8

function base64({ buffer, byteLength, byteOffset }: Float32Array | Float64Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64')
}

function bytesOf(text: string): ArrayBuffer {
  const bytes = Buffer.from(text, 'base64')
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
}
