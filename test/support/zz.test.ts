import { execSync } from 'node:child_process'
import { it } from 'vitest'
import { useStore } from './store.ts'
const test = useStore()
it('x', async () => {
  for (const [t, set] of [['a',''],['b','SETTINGS old_parts_lifetime=1'],['c','SETTINGS old_parts_lifetime=1, fsync_after_insert=1, fsync_part_directory=1']]) {
    await test.store.command(`CREATE TABLE ${t} (x UInt64) ENGINE=MergeTree ORDER BY x ${set}`)
    for (let i=0;i<12;i++) await test.store.command(`INSERT INTO ${t} SELECT * FROM numbers(1000)`)
  }
  for (let i=0;i<5;i++) {
    console.log(i, JSON.stringify(await test.store.query(`SELECT table, active, count() n, groupUniqArray(removal_state) s FROM system.parts WHERE database=currentDatabase() GROUP BY ALL ORDER BY ALL`)))
    await new Promise(r=>setTimeout(r,4000))
  }
  await test.store.command(`DETACH TABLE c SYNC`); await test.store.command(`ATTACH TABLE c`)
  await new Promise(r=>setTimeout(r,3000))
  console.log('attached', JSON.stringify(await test.store.query(`SELECT table, active, count() n, groupUniqArray(removal_state) s FROM system.parts WHERE database=currentDatabase() GROUP BY ALL ORDER BY ALL`)))
  console.log(JSON.stringify(await test.store.query(`SELECT name, value FROM system.server_settings WHERE name like 'background%' or name like '%cleanup%'`)))
}, 60000)
