/** A statement that the gate does not let through. Its message names only what the statement itself says. */
export class Refusal extends Error {
  /** Place in the statement, in UTF-16 units; undefined when it is about all of it. */
  readonly at: number | undefined
  readonly about: RefusedFor
  constructor(message: string, at?: number, about: RefusedFor = 'forbidden') {
    super(message)
    this.name = 'Refusal'
    this.at = at
    this.about = about
  }
}

/** Clients of the ClickHouse endpoint tell these apart by number; to the gate they are all the same. */
export type RefusedFor = 'syntax' | 'unknown_table' | 'forbidden'

/** A refusal about a word of the statement, whose place the gate looks up. */
export class Named extends Refusal {
  readonly word: string
  constructor(word: string, message: string, about?: RefusedFor) {
    super(message, undefined, about)
    this.word = word
  }
}

/** Words of a statement in a message: short, on one line. */
export function quoted(text: string): string {
  const line = text.replaceAll(/[\p{C}\s`]+/gu, ' ')
  return `\`${line.length > 40 ? `${line.slice(0, 39)}…` : line}\``
}
