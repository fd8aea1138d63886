import type { Operation } from './operation.ts'
import { ALERT_SETTINGS } from './operations/alert-settings.ts'
import { ALERTS } from './operations/alerts.ts'
import { CONTRACT } from './operations/contract.ts'
import { CREATIVES } from './operations/creatives.ts'
import { EVENTS } from './operations/events.ts'
import { FORECASTS } from './operations/forecasts.ts'
import { HEALTH } from './operations/health.ts'
import { METRICS } from './operations/metrics.ts'
import { JOBS, SAVED_QUERIES } from './operations/questions.ts'
import { SQL } from './operations/sql.ts'
import { STATUS } from './operations/status.ts'
import { WEBHOOKS } from './operations/webhooks.ts'

/** The whole contract. A route that is not in it fails the tests: it adds itself by a file and a line here. */
export const OPERATIONS: readonly Operation[] = [
  ...EVENTS,
  ...METRICS,
  ...SQL,
  ...SAVED_QUERIES,
  ...JOBS,
  ...ALERTS,
  ...ALERT_SETTINGS,
  ...WEBHOOKS,
  ...CREATIVES,
  ...FORECASTS,
  ...STATUS,
  ...HEALTH,
  ...CONTRACT,
]
