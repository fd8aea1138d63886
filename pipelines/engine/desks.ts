import { Blocks } from '../facts/blocks.ts'
import { ScannedRows } from '../facts/columns/scanned.ts'

/**
 * Where the rows of a batch are put together: its blocks grow to the size of a batch and keep their memory. A partition
 * has one while it turns a batch into rows, and gives it back when they are bytes: partitions are many, and those that
 * are at it at once are few.
 */
export type Desk = { readonly blocks: Blocks; readonly scanned: ScannedRows }

export class Desks {
  private readonly free: Desk[] = []

  /** One without rows. Its taker gives it back, or drops it when its batch failed. */
  take(): Desk {
    const desk = this.free.pop()
    if (desk !== undefined) return desk
    const blocks = new Blocks()
    return { blocks, scanned: new ScannedRows(blocks) }
  }

  giveBack(desk: Desk): void {
    desk.blocks.reset()
    this.free.push(desk)
  }
}
