/** A string literal without its quotes. `start` is the place of the opening quote. */
export type Literal = { readonly start: number; readonly value: string }

export type Scanned = {
  /** The source with comments and the inside of literals blanked: same length, same lines. */
  readonly code: string
  readonly literals: readonly Literal[]
}

/** A `/` begins a regular expression, not a division, behind one of these or at the start of the file. */
const BEFORE_REGEX =
  /(?:^|[=(,:;!&|?{}[+\-*%~^<>]|\b(?:return|typeof|case|in|of|do|else|void|delete|throw|await|yield))\s*$/

/**
 * Separates the code of a TypeScript or JavaScript file from its comments and strings, without a parser: enough to
 * find imports and calls. Expressions inside template literals are code.
 */
export function scan(source: string): Scanned {
  const literals: Literal[] = []
  let code = ''
  let at = 0
  /** Depth of braces at which each open `${` ends. */
  const templates: number[] = []
  let depth = 0

  const blank = (end: number) => {
    code += source.slice(at, end).replaceAll(/[^\n]/g, ' ')
    at = end
  }
  const template = () => {
    const start = at
    let end = at + 1
    while (end < source.length && source[end] !== '`' && !source.startsWith('${', end)) {
      end += source[end] === '\\' ? 2 : 1
    }
    literals.push({ start, value: source.slice(start + 1, end) })
    if (source[end] === '$') {
      templates.push(depth)
      blank(end + 2)
    } else {
      blank(end + 1)
    }
  }

  while (at < source.length) {
    const char = source[at]!
    if (source.startsWith('//', at)) {
      blank(endOf(source, '\n', at))
    } else if (source.startsWith('/*', at)) {
      blank(endOf(source, '*/', at + 2) + 2)
    } else if (char === "'" || char === '"') {
      const end = endOfQuoted(source, at)
      literals.push({ start: at, value: source.slice(at + 1, end) })
      blank(end + 1)
    } else if (char === '`') {
      template()
    } else if (char === '}' && templates.at(-1) === depth) {
      templates.pop()
      template()
    } else if (char === '/' && BEFORE_REGEX.test(code.slice(-40))) {
      blank(endOfRegex(source, at) + 1)
    } else {
      if (char === '{') depth++
      if (char === '}') depth--
      code += char
      at++
    }
  }
  return { code, literals }
}

function endOf(source: string, mark: string, from: number): number {
  const end = source.indexOf(mark, from)
  return end === -1 ? source.length : end
}

function endOfQuoted(source: string, start: number): number {
  let end = start + 1
  while (end < source.length && source[end] !== source[start] && source[end] !== '\n') {
    end += source[end] === '\\' ? 2 : 1
  }
  return end
}

function endOfRegex(source: string, start: number): number {
  let inClass = false
  let end = start + 1
  while (end < source.length && source[end] !== '\n' && (inClass || source[end] !== '/')) {
    if (source[end] === '[') inClass = true
    if (source[end] === ']') inClass = false
    end += source[end] === '\\' ? 2 : 1
  }
  return end
}
