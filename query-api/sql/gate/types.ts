/**
 * Whether a text is a type that values may be turned into: `Array(Nullable(Decimal(18, 4)))`.
 *
 * Left out on purpose: AggregateFunction (states made from bytes crash engines), Identifier (a parameter of it is not a
 * value but a name), and types whose values carry types of their own (Dynamic, Variant, JSON, Object).
 */
export function isPlainType(text: string): boolean {
  if (text.length > TYPE_LENGTH_MAX) return false
  // Time zones and names of enums stand in quotes, and have nothing in them that could end the quote elsewhere.
  const bare = text.replaceAll(/'[A-Za-z0-9_/+ :.-]*'/g, ' ')
  if (!/^[A-Za-z0-9_(),=\s-]+$/.test(bare)) return false
  return [...bare.matchAll(/[A-Za-z_][A-Za-z0-9_]*/g)].every(
    ({ 0: word, index }) => isTypeName(word) || isElementName(bare, index, word.length),
  )
}

/**
 * A name of an element of a tuple: `Tuple(a Int8, b String)`. It stands behind a bracket or comma and before a word, in
 * this very place: the same word elsewhere is judged for itself.
 */
function isElementName(bare: string, at: number, length: number): boolean {
  return (
    /tuple\s*\([^)]*$/i.test(bare.slice(0, at)) &&
    /[(,]\s*$/.test(bare.slice(0, at)) &&
    /^\s+[A-Za-z]/.test(bare.slice(at + length))
  )
}

/** Whether a word is the name of such a type. */
export function isTypeName(word: string): boolean {
  return TYPES.has(word.toLowerCase())
}

const TYPE_LENGTH_MAX = 500

const TYPES: ReadonlySet<string> = new Set(
  `
  Bool Boolean Int8 Int16 Int32 Int64 Int128 Int256 UInt8 UInt16 UInt32 UInt64 UInt128 UInt256 Float32 Float64 BFloat16
  Decimal Decimal32 Decimal64 Decimal128 Decimal256 Numeric String FixedString Date Date32 DateTime DateTime32 DateTime64
  Time Time64 UUID IPv4 IPv6 Enum Enum8 Enum16 Nullable LowCardinality Array Tuple Map
  IntervalSecond IntervalMinute IntervalHour IntervalDay IntervalWeek IntervalMonth IntervalQuarter IntervalYear
  TinyInt SmallInt Int Integer BigInt Unsigned Signed Float Double Real Precision Char Varchar Text Timestamp
  `
    .trim()
    .toLowerCase()
    .split(/\s+/),
)
