import { cellsOf } from '../../ingest/importer/read/cells.ts'
import { recordSplitter } from '../../ingest/importer/read/records.ts'
import { type Cube, type CubeRow, cubeOf } from '../../models/root-cause/cube.ts'
import { decimal } from '../decimal.ts'

/** The sums of one metric, or of the numerator and the denominator of a ratio. */
export type CubesRead = { readonly metric: Cube } | { readonly numerator: Cube; readonly denominator: Cube }

/**
 * A cube from CSV (RFC 4180): a header, then one line per combination. The columns `real` and `predict` hold the sums,
 * wherever they stand, those of a ratio `real_a,predict_a` above and `real_b,predict_b` below the line; every other
 * column is a dimension. Equal combinations are added up. Sums lie within ±10¹⁵.
 *
 * @throws Error with the number of the line that cannot be read
 */
export async function readCube(input: AsyncIterable<Buffer | string>): Promise<CubesRead> {
  let columns: Columns | null = null
  const rows: (readonly CubeRow[])[] = []
  const splitter = recordSplitter(
    { delimiter: ',', bytes: 0, lines: 0 },
    {
      record(text, line) {
        if (text.trim() === '') return
        const cells = cellsOf(text, ',')
        if (columns === null) columns = columnsOf(cells)
        else rows.push(rowsOf(cells, columns, line))
      },
      bad(_text, line, _code, reason) {
        throw new Error(`line ${line} of the input: ${reason}`)
      },
    },
  )
  for await (const chunk of input) {
    splitter.push(Buffer.from(chunk))
    if (rows.length > ROWS_MAX) throw new Error(`the cube has more than ${ROWS_MAX} lines`)
  }
  splitter.end()
  const { names, measures } = columns ?? columnsOf([])
  const [first, second] = measures.map((_, k) =>
    cubeOf(
      names,
      rows.map((row) => row[k]!),
    ),
  )
  return second === undefined ? { metric: first! } : { numerator: first!, denominator: second }
}

/** About 200 MB of texts and numbers. */
const ROWS_MAX = 2_000_000
/** Beyond it a double no longer holds every cent or count, and squares of sums of sums run over. */
const SUM_MAX = 1e15
/** 4,095 cuboids. */
const DIMENSIONS_MAX = 12

type Columns = {
  readonly names: readonly string[]
  readonly places: readonly number[]
  readonly measures: readonly { readonly real: number; readonly predict: number }[]
  readonly header: readonly string[]
}

function columnsOf(cells: readonly string[]): Columns {
  const header = cells.map((name, at) => (at === 0 ? name.replace(/^\uFEFF/, '') : name))
  const twice = header.find((name, at) => header.indexOf(name) !== at)
  if (twice !== undefined) throw new Error(`the header of the input names "${twice}" twice`)
  const measures = (header.includes('real') ? [''] : ['_a', '_b']).map((suffix) => {
    return { real: header.indexOf(`real${suffix}`), predict: header.indexOf(`predict${suffix}`) }
  })
  const taken = new Set(measures.flatMap(({ real, predict }) => [real, predict]))
  const places = [...header.keys()].filter((at) => !taken.has(at))
  if (taken.has(-1) || places.length === 0) {
    throw new Error('the input must begin with a header: dimension columns, then real,predict')
  }
  if (places.length > DIMENSIONS_MAX) throw new Error(`${places.length} dimensions, at most ${DIMENSIONS_MAX}`)
  return { names: places.map((at) => header[at]!), places, measures, header }
}

/** One row per measure. */
function rowsOf(cells: readonly string[], { places, measures, header }: Columns, line: number): CubeRow[] {
  if (cells.length !== header.length) {
    throw new Error(`line ${line} of the input has ${cells.length} columns, not ${header.length}`)
  }
  const values = places.map((at) => cells[at]!)
  return measures.map(({ real, predict }) => ({
    values,
    real: numberOf(cells[real]!, header[real]!, line),
    expected: numberOf(cells[predict]!, header[predict]!, line),
  }))
}

function numberOf(text: string, name: string, line: number): number {
  const value = decimal(text)
  if (value === null) throw new Error(`line ${line} of the input: ${name} must be a number, is "${text}"`)
  if (Math.abs(value) <= SUM_MAX) return value
  throw new Error(`line ${line} of the input: ${name} must lie within ±${SUM_MAX}, is ${text}`)
}
