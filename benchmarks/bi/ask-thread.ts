import { Agent, request } from 'node:http'
import { parentPort } from 'node:worker_threads'

/** Asks as it is told to, one question after the other, and tells how long the whole answer took. */
const agent = new Agent({ keepAlive: true })

parentPort!.on('message', ({ login, sql, url }: { login: string; sql: string; url: string }) => {
  const began = performance.now()
  let bytes = 0
  let refused = ''
  const headers = { authorization: `Basic ${Buffer.from(login).toString('base64')}` }
  const asked = request(url, { method: 'POST', agent, headers }, (answer) => {
    answer.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (answer.statusCode !== 200) refused += chunk
    })
    answer.once('error', fail)
    answer.once('end', () => {
      if (answer.statusCode === 200) parentPort!.postMessage({ ms: performance.now() - began, bytes })
      else fail(new Error(refused))
    })
  })
  asked.once('error', fail)
  asked.end(sql)

  function fail({ message }: Error): void {
    parentPort!.postMessage({ error: message })
  }
})
