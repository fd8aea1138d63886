import { ADVERTISING } from './advertising.ts'
import { COMMERCE } from './commerce.ts'
import { FORECAST_VIEWS } from './forecasts.ts'
import type { SqlView } from './view.ts'
import { VISITS } from './visits.ts'
import { WINDOWS } from './windows.ts'

/** All views, in the order in which they are listed. */
export const SQL_VIEWS: readonly SqlView[] = [...ADVERTISING, ...WINDOWS, ...COMMERCE, ...VISITS, ...FORECAST_VIEWS]
