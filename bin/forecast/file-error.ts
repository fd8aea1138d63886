/** An error of reading `file`, with its name: Node's own for directories and for what is not gzip say neither. */
export function fileError(file: string, error: unknown): unknown {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  if (code === 'EISDIR') return new Error(`${file} is a directory`)
  if (code === 'Z_DATA_ERROR') return new Error(`${file} is not gzip, or damaged`)
  if (code === 'Z_BUF_ERROR') return new Error(`${file} is gzip that ends too early`)
  return error
}
