import { YsbInput } from './input.ts'

/**
 * A process that does nothing but decode events and count them by ad, and shares nothing with anybody: says `ready`
 * when it has its input, works when it is told how often to go through it, and says `done`.
 */
const input = new YsbInput()
const texts = Array.from({ length: 10_000 }, (_, n) => input.event(n).json)

/** @returns how many events were counted, so that nothing of it can be left out */
function work(passes: number): number {
  const counts = new Map<string, number>()
  for (let pass = 0; pass < passes; pass++) {
    for (const text of texts) {
      const { ad_id } = JSON.parse(text) as { ad_id: string }
      counts.set(ad_id, (counts.get(ad_id) ?? 0) + 1)
    }
  }
  return [...counts.values()].reduce((sum, count) => sum + count, 0)
}

// Compiled before the clock runs.
work(5)
process.on('message', (passes: number) => {
  const counted = work(passes)
  if (counted !== passes * texts.length) throw new Error(`${counted} events were counted`)
  process.send?.('done')
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
