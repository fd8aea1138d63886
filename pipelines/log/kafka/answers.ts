/**
 * Puts the answers of a connection together, each in one buffer of its own size. The socket's bytes come in a buffer that
 * is used again; kafkajs instead gets a new one for each 64 KB and joins them when an answer is whole, so that each
 * fetched byte takes memory twice, which the collector has to look after.
 *
 * An answer is its length (int32, big-endian) and as many bytes.
 */
export class Answers {
  private readonly whole: (answer: Buffer) => void
  private readonly head = Buffer.alloc(HEAD_BYTES)
  private head_bytes = 0
  private answer: Buffer | undefined
  private answer_bytes = 0

  /** @param whole gets each answer with its length; the buffer is its own from then on */
  constructor(whole: (answer: Buffer) => void) {
    this.whole = whole
  }

  /** @throws RangeError when what comes is no answer of Kafka */
  take(bytes: Uint8Array, count: number): void {
    for (let at = 0; at < count; ) {
      at += this.answer === undefined ? this.takeHead(bytes, at, count) : this.takeRest(this.answer, bytes, at, count)
    }
  }

  private takeHead(bytes: Uint8Array, from: number, to: number): number {
    const taken = Math.min(HEAD_BYTES - this.head_bytes, to - from)
    this.head.set(bytes.subarray(from, from + taken), this.head_bytes)
    this.head_bytes += taken
    if (this.head_bytes < HEAD_BYTES) return taken
    this.head_bytes = 0
    const size = this.head.readInt32BE(0)
    if (size < 0 || size > ANSWER_BYTES_MAX) {
      throw new RangeError(`an answer of ${size} bytes, at most ${ANSWER_BYTES_MAX}: is this Kafka?`)
    }
    this.answer = Buffer.allocUnsafe(HEAD_BYTES + size)
    this.head.copy(this.answer)
    this.answer_bytes = HEAD_BYTES
    this.finish(this.answer)
    return taken
  }

  private takeRest(answer: Buffer, bytes: Uint8Array, from: number, to: number): number {
    const taken = Math.min(answer.length - this.answer_bytes, to - from)
    answer.set(bytes.subarray(from, from + taken), this.answer_bytes)
    this.answer_bytes += taken
    this.finish(answer)
    return taken
  }

  private finish(answer: Buffer): void {
    if (this.answer_bytes < answer.length) return
    this.answer = undefined
    this.whole(answer)
  }
}

const HEAD_BYTES = 4
/** More than any fetch asks for, were each of its batches as large as a broker may be told to take. */
const ANSWER_BYTES_MAX = 1_073_741_824
