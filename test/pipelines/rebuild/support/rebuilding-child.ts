import { openRig } from './rig.ts'

/** Rebuilds, and kills itself when the step that it was told of is done for the n-th time. */
const [home, access, step, times] = process.argv.slice(2)
const rig = await openRig(home!, JSON.parse(access!))
let seen = 0
await rig.rebuild({ from_day: 0, dry_run: false }, (done) => {
  if (done.step === step && ++seen === Number(times)) process.kill(process.pid, 'SIGKILL')
})
await rig.close()
