import { expect, it } from 'vitest'
import { isPlainType } from '../../../query-api/sql/gate/types.ts'

it.each([
  'Int8',
  'Nullable(String)',
  'Array(Tuple(Int8, String))',
  "DateTime64(3, 'Europe/Berlin')",
  "Enum8('a' = 1, 'b' = -2)",
  'Decimal(18, 4)',
  'Map(LowCardinality(String), Array(Nullable(Float64)))',
  'Tuple(a Int8, b Array(String))',
  'Tuple ( a Int8 )',
])('%s is a plain type', (type) => expect(isPlainType(type)).toBe(true))

it.each([
  '',
  'Identifier',
  'AggregateFunction(sum, UInt64)',
  'Array(AggregateFunction(sum, UInt64))',
  'SimpleAggregateFunction(sum, UInt64)',
  // A name of an element once is no leave to be a type later.
  'Tuple(AggregateFunction Int8, y AggregateFunction(sum, UInt64))',
  'Tuple(a Int8, AggregateFunction(sum, UInt64))',
  'Tuple(x AggregateFunction(sum, UInt64))',
  'Tuple(x Dynamic)',
  'Dynamic',
  'Variant(Int8, String)',
  'JSON',
  "Object('json')",
  "Enum8('a\\'b' = 1)",
  "Tuple(Enum8('__27 = 1), Dynamic, Enum8(__27' = 1))",
  "Enum8('a\nb' = 1)",
  "Enum8('(' = 1)",
  'Int8; DROP',
  'Int8 `x`',
  `Array(${'Array('.repeat(200)}Int8`,
])('%s is none', (type) => expect(isPlainType(type)).toBe(false))
