import { Transform } from 'node:stream'

/**
 * CSV as the engine writes it (texts in quotes, numbers bare) with an apostrophe before every text that a spreadsheet
 * would take for a formula: one that begins with = + - @ or a control character. Works on bytes, chunk by chunk.
 */
export function guardFormulas(): Transform {
  let state: State = 'outside'
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const parts: Buffer[] = []
      let copied = 0
      for (let at = 0; at < chunk.length; at++) {
        const byte = chunk[at]!
        if (state === 'begun' && DANGEROUS.has(byte)) {
          parts.push(chunk.subarray(copied, at), APOSTROPHE)
          copied = at
        }
        // A doubled quote within a text leaves it and enters it again, which changes nothing but `begun`: a text cannot
        // begin twice, so what follows a quote that follows a quote is its middle.
        if (byte !== QUOTE) state = state === 'outside' || state === 'left' ? 'outside' : 'within'
        else state = state === 'outside' ? 'begun' : state === 'left' ? 'within' : 'left'
      }
      parts.push(chunk.subarray(copied))
      done(null, Buffer.concat(parts))
    },
  })
}

/** `left`: a quote was read within a text; the next byte says whether the text has ended. */
type State = 'outside' | 'begun' | 'within' | 'left'

const QUOTE = 0x22
const APOSTROPHE = Buffer.from("'")
const DANGEROUS: ReadonlySet<number> = new Set([...'=+-@\t\r\n'].map((c) => c.charCodeAt(0)))
