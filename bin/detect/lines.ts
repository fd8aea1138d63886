/** A line longer than this is no `timestamp,value`, but a file of another kind. */
const CHARACTERS_MAX = 10_000

/**
 * Lines of a stream, each as soon as its end has come, without that end. The last one needs none.
 *
 * @throws Error for a line of more than 10,000 characters
 */
export async function* linesOf(stream: NodeJS.ReadableStream): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8')
  let rest = ''
  for await (const chunk of stream) {
    rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })
    let begin = 0
    for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n', begin)) {
      yield rest.slice(begin, rest[end - 1] === '\r' && end > begin ? end - 1 : end)
      begin = end + 1
    }
    rest = rest.slice(begin)
    if (rest.length > CHARACTERS_MAX) throw new Error(`a line has more than ${CHARACTERS_MAX} characters`)
  }
  rest += decoder.decode()
  if (rest !== '') yield rest
}
