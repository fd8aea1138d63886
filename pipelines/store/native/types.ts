import type { ColumnBuilder } from './builder.ts'
import { FixedStringBuilder, FloatBuilder, SMALL_LAYOUTS, SmallIntBuilder } from './fixed.ts'
import { LowCardinalityBuilder } from './low-cardinality.ts'
import { ArrayBuilder, NullableBuilder } from './nested.ts'
import { StringBuilder } from './text.ts'
import { Int64Builder, Int128Builder } from './wide.ts'

/**
 * The builder of a column of this type.
 *
 * @param type      as ClickHouse writes it: `Nullable(Int64)`, `DateTime64(3, 'UTC')`
 * @param capacity  rows to make room for at first
 * @throws RangeError for a type that has no builder
 */
export function builderOf(type: string, capacity: number): ColumnBuilder {
  const { name, argument } = parseType(type)
  const layout = SMALL_LAYOUTS[name]
  if (layout !== undefined) return new SmallIntBuilder(type, layout, capacity)
  switch (name) {
    case 'Int64':
    case 'DateTime64':
      return new Int64Builder(type, false, capacity)
    case 'UInt64':
      return new Int64Builder(type, true, capacity)
    case 'Int128':
      return new Int128Builder(type, capacity)
    case 'Float32':
    case 'Float64':
      return new FloatBuilder(name, capacity)
    case 'FixedString':
      return new FixedStringBuilder(type, Number(argument), capacity)
    case 'String':
      return new StringBuilder(capacity)
    case 'LowCardinality':
      if (argument === 'String') return new LowCardinalityBuilder(false, capacity)
      if (argument === 'Nullable(String)') return new LowCardinalityBuilder(true, capacity)
      break
    case 'Nullable':
      return new NullableBuilder(builderOf(argument, capacity), capacity)
    case 'Array':
      return new ArrayBuilder(builderOf(argument, capacity), capacity)
  }
  throw new RangeError(`no native builder for the type ${type}`)
}

/** `Array(Nullable(Int8))` → name `Array`, argument `Nullable(Int8)`; `Int8` → name `Int8`, argument ''. */
export function parseType(type: string): { readonly name: string; readonly argument: string } {
  const open = type.indexOf('(')
  return open < 0 ? { name: type, argument: '' } : { name: type.slice(0, open), argument: type.slice(open + 1, -1) }
}
