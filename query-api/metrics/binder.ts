/** A statement as data: its text and the values of its `{name:Type}` places. No value is ever part of the text. */
export type Statement = { readonly sql: string; readonly params: Readonly<Record<string, unknown>> }

export type Binder = {
  /** A place for a value; equal values of one type share a place. */
  bind(value: string | number | readonly string[] | readonly number[], type: string): string
  statement(sql: string): Statement
}

export function binder(): Binder {
  const places = new Map<string, string>()
  const params: Record<string, unknown> = {}
  return {
    bind(value, type) {
      const key = `${type} ${JSON.stringify(value)}`
      let place = places.get(key)
      if (place === undefined) {
        const name = `p${places.size}`
        place = `{${name}:${type}}`
        places.set(key, place)
        params[name] = value
      }
      return place
    },
    statement: (sql) => ({ sql, params }),
  }
}
