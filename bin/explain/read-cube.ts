import { cellsOf } from '../../ingest/importer/read/cells.ts'
import { recordSplitter } from '../../ingest/importer/read/records.ts'
import { type Cube, type CubeRow, cubeOf } from '../../models/root-cause/cube.ts'

/**
 * A cube from CSV (RFC 4180): a header, then one line per combination. The columns `real` and `predict` hold the sums,
 * wherever they stand; every other column is a dimension. Equal combinations are added up.
 *
 * @throws Error with the number of the line that cannot be read
 */
export async function readCube(input: AsyncIterable<Buffer | string>): Promise<Cube> {
  let columns: Columns | null = null
  const rows: CubeRow[] = []
  const splitter = recordSplitter(
    { delimiter: ',', bytes: 0, lines: 0 },
    {
      record(text, line) {
        if (text.trim() === '') return
        const cells = cellsOf(text, ',')
        if (columns === null) columns = columnsOf(cells)
        else rows.push(rowOf(cells, columns, line))
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
  const { names } = columns ?? columnsOf([])
  return cubeOf(names, rows)
}

/** About 200 MB of texts and numbers. */
const ROWS_MAX = 2_000_000
/** 4,095 cuboids. */
const DIMENSIONS_MAX = 12

type Columns = {
  readonly names: readonly string[]
  readonly places: readonly number[]
  readonly real: number
  readonly predict: number
  readonly width: number
}

function columnsOf(header: readonly string[]): Columns {
  const cells = header.map((name, at) => (at === 0 ? name.replace(/^\uFEFF/, '') : name))
  const twice = cells.find((name, at) => cells.indexOf(name) !== at)
  if (twice !== undefined) throw new Error(`the header of the input names "${twice}" twice`)
  const [real, predict] = [cells.indexOf('real'), cells.indexOf('predict')]
  const places = cells.flatMap((_, at) => (at === real || at === predict ? [] : [at]))
  if (real === -1 || predict === -1 || places.length === 0) {
    throw new Error('the input must begin with a header: dimension columns, then real,predict')
  }
  if (places.length > DIMENSIONS_MAX) throw new Error(`${places.length} dimensions, at most ${DIMENSIONS_MAX}`)
  return { names: places.map((at) => cells[at]!), places, real, predict, width: cells.length }
}

function rowOf(cells: readonly string[], { places, real, predict, width }: Columns, line: number): CubeRow {
  if (cells.length !== width) throw new Error(`line ${line} of the input has ${cells.length} columns, not ${width}`)
  return {
    values: places.map((at) => cells[at]!),
    real: numberOf(cells[real]!, 'real', line),
    expected: numberOf(cells[predict]!, 'predict', line),
  }
}

function numberOf(text: string, name: string, line: number): number {
  const value = Number(text)
  if (text !== '' && Number.isFinite(value)) return value
  throw new Error(`line ${line} of the input: ${name} must be a number, is "${text}"`)
}
