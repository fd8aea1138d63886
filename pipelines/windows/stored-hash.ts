/** The hash of a cell as `hex(cell)` spells it: four words. */
export function hashOfHex(text: string): Uint32Array {
  const bytes = new Uint8Array(16)
  bytes.set(Buffer.from(text, 'hex'))
  return new Uint32Array(bytes.buffer)
}
