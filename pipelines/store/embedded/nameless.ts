/**
 * Ids within the engine for statements that nobody named and whose answer comes when they have ended: nobody can ask for
 * one of them while it runs, so an id may come again. The id is a setting of a connection (`log_comment`), and setting it
 * anew for every statement is a sixth of what a small one costs the engine.
 *
 * The last that was given back is the next that is taken, as with connections: one caller after the other finds its own.
 */
export function createNameless(prefix: string): Nameless {
  const free: string[] = []
  let made = 0
  return {
    take: () => free.pop() ?? `${prefix}-${made++}`,
    giveBack: (id) => void free.push(id),
  }
}

export type Nameless = {
  take(): string
  /** Only of a statement that nobody tried to stop: a KILL that is under way would meet the next one of this id. */
  giveBack(id: string): void
}
