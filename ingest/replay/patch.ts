/** A value to put at a path of an event before it is sent again: `data/total` → `12.00`. */
export type Patch = { readonly path: string; readonly value: string }

/**
 * A copy of the event with the patches in. A value that reads as JSON (a number, true, null) is taken as that, any
 * other as text.
 *
 * @throws PatchError when a path leads through something that is no object
 */
export function patched(event: unknown, patches: readonly Patch[]): unknown {
  const copy = structuredClone(event)
  for (const { path, value } of patches) {
    const steps = path.split('/').filter((step) => step !== '')
    const last = steps.pop()
    let at: unknown = copy
    for (const step of steps) at = isObject(at) && Object.hasOwn(at, step) ? at[step] : undefined
    if (last === undefined || !isObject(at)) throw new PatchError(`the event has nothing at ${path}`)
    // Own property only: a path of __proto__ must not reach the prototype.
    Object.defineProperty(at, last, { value: jsonOrText(value), enumerable: true, writable: true, configurable: true })
  }
  return copy
}

/** The event is not of the kind that the patch was meant for. */
export class PatchError extends Error {
  override readonly name = 'PatchError'
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return text
    throw error
  }
}
