import type { Transform } from 'node:stream'
import { hideProgress } from './hide-progress.ts'

/**
 * The output formats that clients may ask for: name → Content-Type. Left out on purpose: formats that read a schema or a
 * template from a file (Protobuf, CapnProto, Template, Avro with a registry), and those that only make sense on another wire
 * (ODBCDriver2, MySQLWire, PostgreSQLWire).
 */
const FORMATS: ReadonlyMap<string, string> = new Map([
  ...of(
    'application/json; charset=UTF-8',
    `JSON JSONStrings JSONColumns JSONColumnsWithMetadata JSONCompact JSONCompactStrings JSONCompactColumns
     JSONObjectEachRow`,
  ),
  ...of(
    'application/x-ndjson; charset=UTF-8',
    `JSONEachRow JSONLines JSONL NDJSON JSONStringsEachRow JSONCompactEachRow JSONCompactEachRowWithNames
     JSONCompactEachRowWithNamesAndTypes JSONCompactStringsEachRow JSONCompactStringsEachRowWithNames
     JSONCompactStringsEachRowWithNamesAndTypes PrettyJSONEachRow JSONEachRowWithProgress
     JSONStringsEachRowWithProgress JSONCompactEachRowWithProgress JSONCompactStringsEachRowWithProgress`,
  ),
  ...of('text/csv; charset=UTF-8; header=absent', 'CSV'),
  ...of('text/csv; charset=UTF-8; header=present', 'CSVWithNames CSVWithNamesAndTypes'),
  ...of(
    'text/tab-separated-values; charset=UTF-8',
    `TabSeparated TSV TabSeparatedRaw TSVRaw Raw TabSeparatedWithNames TSVWithNames TabSeparatedWithNamesAndTypes
     TSVWithNamesAndTypes TabSeparatedRawWithNames TSVRawWithNames RawWithNames TabSeparatedRawWithNamesAndTypes
     TSVRawWithNamesAndTypes RawWithNamesAndTypes TSKV`,
  ),
  ...of(
    'text/plain; charset=UTF-8',
    `Values Vertical Markdown MD SQLInsert Null Pretty PrettyNoEscapes PrettyMonoBlock PrettyNoEscapesMonoBlock
     PrettyCompact PrettyCompactNoEscapes PrettyCompactMonoBlock PrettyCompactNoEscapesMonoBlock PrettySpace
     PrettySpaceNoEscapes PrettySpaceMonoBlock PrettySpaceNoEscapesMonoBlock`,
  ),
  ...of('application/xml; charset=UTF-8', 'XML'),
  ...of('application/vnd.apache.arrow.stream', 'ArrowStream'),
  ...of('application/vnd.apache.arrow.file', 'Arrow'),
  ...of('application/vnd.apache.parquet', 'Parquet'),
  ...of(
    'application/octet-stream',
    'Native RowBinary RowBinaryWithNames RowBinaryWithNamesAndTypes ORC Avro MsgPack BSONEachRow RawBLOB',
  ),
])

/** @returns the format as the engine spells it, however it was written; undefined for one that is not served */
export function formatNamed(text: string): BiFormat | undefined {
  const name = SPELLED.get(text.toLowerCase())
  if (name === undefined) return undefined
  return { name, type: FORMATS.get(name)!, ...(name.endsWith('WithProgress') ? { through: hideProgress } : {}) }
}

export type BiFormat = {
  readonly name: string
  readonly type: string
  /** What the engine's bytes pass before anybody sees them. */
  readonly through?: () => Transform
}

/** For `system.formats`. */
export const FORMAT_NAMES: readonly string[] = [...FORMATS.keys()]

const SPELLED: ReadonlyMap<string, string> = new Map(FORMAT_NAMES.map((name) => [name.toLowerCase(), name]))

function of(type: string, names: string): [string, string][] {
  return names
    .trim()
    .split(/\s+/)
    .map((name) => [name, type])
}
