/**
 * Whether a value has objects or lists within more others than any event has. `JSON.parse` reads any depth, but what goes
 * through such a value by recursion (`JSON.stringify`, `structuredClone`) fails at some 5,000.
 *
 * @param value  as `JSON.parse` made it
 */
export function isNestedTooDeeply(value: unknown): boolean {
  let level = [value]
  for (let depth = 0; depth <= DEPTH_MAX; depth++) {
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []))
    if (level.length === 0) return false
  }
  return true
}

/** An event has five levels; what a mapping reads events out of may have more. */
const DEPTH_MAX = 200

/** A text that is shorter cannot be nested too deeply: each level has two brackets. */
export const NESTED_LENGTH_MIN = 2 * DEPTH_MAX

export const NESTED_REASON = `objects and lists within more than ${DEPTH_MAX} others`
