/**
 * The known word closest to an unknown one, for "did you mean": at most a third of its letters wrong, swapped
 * neighbours counted as one mistake (Damerau-Levenshtein, optimal string alignment). Null when none is close.
 */
export function suggest(unknown: string, known: Iterable<string>): string | null {
  const typed = unknown.toLowerCase()
  let best: { word: string; mistakes: number } | null = null
  for (const word of known) {
    const mistakes = distance(typed, word.toLowerCase())
    if (mistakes <= Math.max(1, Math.floor(word.length / 3)) && (best === null || mistakes < best.mistakes)) {
      best = { word, mistakes }
    }
  }
  return best?.word ?? null
}

/** `; did you mean X?` or nothing. */
export function didYouMean(unknown: string, known: Iterable<string>): string {
  const word = suggest(unknown, known)
  return word === null ? '' : `; did you mean ${word}?`
}

function distance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const substitution = last[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1)
      let cost = Math.min(last[column]! + 1, current[column - 1]! + 1, substitution)
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, beforeLast[column - 2]! + 1)
      }
      current.push(cost)
    }
    beforeLast = last
    last = current
  }
  return last[b.length]!
}
