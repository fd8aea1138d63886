import { expect, it } from 'vitest'
import { makeLoad, REQUEST_EVENTS } from './load.ts'
import { shortForm } from './short-form.ts'
import { startEmbedded } from './stack/embedded.ts'

it('the embedded engine under 22 faults: nothing lost, doubled or wrong', { timeout: 400_000 }, async () => {
  expect(await shortForm('embedded', 22)).toMatchObject({
    findings: [],
    lost: 0,
    doubled: 0,
    wrong_windows: 0,
    ok: true,
  })
})

it('the process ends when its log cannot flush, also while the pipelines have nothing to do', {
  timeout: 150_000,
}, async () => {
  const stack = await startEmbedded()
  try {
    stack.home.tell({ disk: 'failing' })
    const headers = { authorization: `Bearer ${await stack.home.key()}`, 'content-type': 'application/json' }
    const body = JSON.stringify(makeLoad(1, REQUEST_EVENTS, 20_000))
    // Refused, or cut off by the end that follows at once.
    const answer = await fetch(`${stack.ingest.url()}/v1/events`, { method: 'POST', headers, body }).catch(
      () => undefined,
    )
    expect(answer?.status ?? 503).toBe(503)
    await stack.ingest.ends(ENDS_WITHIN_MS)
    expect(stack.ingest.complaints()).toContain('flushing to the disk failed')
  } finally {
    await stack.home.killAll()
    await stack.home.close()
  }
})

/** The engine abandons after 9 s what has not stopped; the rest is what a loaded machine may take to get there. */
const ENDS_WITHIN_MS = 40_000
