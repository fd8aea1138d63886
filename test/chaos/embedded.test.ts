import { expect, it } from 'vitest'
import { shortForm } from './short-form.ts'

it('the embedded engine under 24 faults: nothing lost, doubled or wrong', { timeout: 400_000 }, async () => {
  expect(await shortForm('embedded', 24)).toMatchObject({
    findings: [],
    lost: 0,
    doubled: 0,
    wrong_windows: 0,
    ok: true,
  })
})
