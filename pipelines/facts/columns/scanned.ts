import {
  fact_conversions,
  fact_delivery,
  fact_order_lines,
  fact_orders,
  fact_touches,
  fact_web_events,
  identities,
  type Table,
} from '../../../schemas/tables.ts'
import { FAMILIES, SLICE_SLOT } from '../../scan/families.ts'
import type { Layout } from '../../scan/layout.ts'
import type { Blocks } from '../blocks.ts'
import { type ColumnsFrom, type Fill, fillOf } from './column.ts'
import { type BatchSource, Selection } from './selection.ts'

/** The rows of scanned events, written a column at a time. One per partition: it writes into the partition's blocks. */
export class ScannedRows {
  private readonly tables = new Map<Layout, readonly TableFill[]>()
  private readonly lists = new Selection()

  constructor(blocks: Blocks) {
    for (const [layout, tables] of TABLES) {
      this.tables.set(
        layout,
        tables.map((from) => openTable(blocks, from)),
      )
    }
  }

  /**
   * Writes the rows of accepted events of one type.
   *
   * @param events  the events, each with `_row` 0
   */
  write(layout: Layout, source: BatchSource, events: Selection): void {
    for (const { fills, list_slot } of this.tables.get(layout)!) {
      const rows = list_slot === undefined ? events : listed(source, events, list_slot, this.lists)
      if (rows.count > 0) for (const fill of fills) fill(source, rows)
    }
  }
}

type TableFill = { readonly fills: readonly Fill[]; readonly list_slot: number | undefined }
type TableFrom = ColumnsFrom & { readonly table: Table; readonly list_slot?: number }

function openTable(blocks: Blocks, from: TableFrom): TableFill {
  const builders = blocks.buildersOf(from.table)
  return {
    fills: from.table.columns.map((column, n) => fillOf(column, builders[n]!, from)),
    list_slot: from.list_slot,
  }
}

/** The objects of the events' lists, numbered behind the event's own row. */
function listed({ events }: BatchSource, of: Selection, slot: number, into: Selection): Selection {
  into.count = 0
  for (let n = 0; n < of.count; n++) {
    const at = of.events[n]! * events.width + slot
    const first = events.slots[at]!
    for (let child = first; child < events.slots[at + 1]!; child++) {
      into.add(of.events[n]!, of.records[n]!, child, 1 + child - first)
    }
  }
  return into
}

function listOf(layout: Layout, name: string): { items: Layout; list_slot: number } {
  const field = layout.fields.find((one) => one.name === name)
  if (field?.items === undefined) throw new RangeError(`the layout has no list ${name}`)
  return { items: field.items, list_slot: field.slot }
}

const DELIVERY = FAMILIES['ad_delivery.observed']
const ORDER = FAMILIES['order.observed']
const TOUCH = FAMILIES['touch.recorded']
const WEB = FAMILIES['web.recorded']
const SLICE = { slots: { slice: SLICE_SLOT } }

/** The tables that each type writes to. Every accepted event is also in `identities`. */
const TABLES: readonly (readonly [Layout, readonly TableFrom[]])[] = [
  [
    DELIVERY,
    [
      { table: fact_delivery, data: DELIVERY, ...SLICE },
      { table: fact_conversions, data: DELIVERY, ...listOf(DELIVERY, 'actions'), ...SLICE },
      { table: identities, data: DELIVERY },
    ],
  ],
  [
    ORDER,
    [
      { table: fact_orders, data: ORDER },
      { table: fact_order_lines, data: ORDER, ...listOf(ORDER, 'lines') },
      { table: identities, data: ORDER },
    ],
  ],
  [
    TOUCH,
    [
      { table: fact_touches, data: TOUCH },
      { table: identities, data: TOUCH },
    ],
  ],
  [
    WEB,
    [
      { table: fact_web_events, data: WEB },
      { table: identities, data: WEB },
    ],
  ],
]
