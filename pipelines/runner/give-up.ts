/**
 * Gives the memory of an inserted block back at once. Waiting for the collector keeps some batches' worth of them, and
 * what they weigh makes it look through a heap in which nothing else has become old.
 */
export function giveUp({ buffer, byteOffset, length }: Buffer): void {
  // A smaller one may be a piece of Node's pool, which others have pieces of too.
  if (buffer instanceof ArrayBuffer && byteOffset === 0 && length >= OWN_BYTES_MIN) buffer.transfer(0)
}

const OWN_BYTES_MIN = 65_536
