import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { systemClock, systemRandomBytes } from '../../../pipelines/clock.ts'
import { newSecret, signedHeaders } from '../../../pipelines/webhooks/sign.ts'

describe('signed headers', () => {
  it('are those of the specification’s own example', () => {
    const headers = signedHeaders(
      ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      1_614_265_330_500,
      '{"test": 2432232314}',
    )
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    })
  })

  it('verify with the old and with the new secret while a rotation lasts, and with no other', () => {
    const [older, newer, other] = [1, 2, 3].map(() => newSecret(systemRandomBytes)) as [string, string, string]
    const body = '{"title":"ÄÖ <script>"}'
    const headers = signedHeaders([newer, older], 'msg_1', systemClock(), body)
    for (const secret of [older, newer]) expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body))
    expect(() => new Webhook(other).verify(body, headers)).toThrow('No matching signature')
    expect(() => new Webhook(older).verify(`${body} `, headers)).toThrow('No matching signature')
  })
})
