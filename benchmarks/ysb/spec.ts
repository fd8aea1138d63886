import type { StreamSpec } from '../../schemas/streams.ts'
import { YSB } from './input.ts'

/** Views by campaign in windows of 10 s; with `facts` every event is a row too, with all seven fields. */
export function ysbStream(options: {
  readonly name: string
  readonly topic: string
  readonly ads: ReadonlyMap<string, string>
  readonly facts: boolean
}): StreamSpec {
  const { ads, facts, name, topic } = options
  return {
    name,
    topic,
    tenant: 'demo',
    version: 1,
    windows: [
      {
        table: WINDOWS,
        where: { field: 'event_type', is: 'view' },
        time: 'event_time',
        size_ms: YSB.window_ms,
        by: [{ column: 'campaign', field: 'ad_id', join: ads }],
      },
    ],
    facts: facts
      ? [
          {
            table: FACTS,
            columns: [
              { column: 'user_id', field: 'user_id', kind: 'text' },
              { column: 'page_id', field: 'page_id', kind: 'text' },
              { column: 'ad_id', field: 'ad_id', kind: 'word' },
              { column: 'ad_type', field: 'ad_type', kind: 'word' },
              { column: 'event_type', field: 'event_type', kind: 'word' },
              { column: 'event_time', field: 'event_time', kind: 'time' },
              { column: 'ip_address', field: 'ip_address', kind: 'text' },
            ],
          },
        ]
      : [],
  }
}

export const WINDOWS = 'ysb_windows'
export const FACTS = 'ysb_facts'
