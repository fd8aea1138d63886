/** A newer writer has taken over this partition: what this one still holds must be dropped. */
export class FencedError extends Error {
  constructor(writer: { readonly pipeline: string; readonly topic: string; readonly partition: number }) {
    super(`a newer writer has taken over ${writer.pipeline} ${writer.topic}/${writer.partition}`)
    this.name = 'FencedError'
  }
}
