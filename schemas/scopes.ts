/** What an API key may open. Every route names one; `docs/keys.md` explains them. */
export const SCOPES = {
  'events:write': 'send events',
  'metrics:read': 'ask for metrics and the status',
  'sql:read': "ask in SQL over the tenant's views",
  'queries:write': 'save questions under a name, and delete them',
  'alerts:read': 'read alerts and listen to their stream',
  'alerts:write': 'acknowledge, mute and judge alerts; rules and expected events',
  'webhooks:write': 'send alerts to addresses of their own choice',
  'world:write': 'inject faults into the simulated world',
} as const satisfies Readonly<Record<string, string>>

export type Scope = keyof typeof SCOPES

export const ALL_SCOPES = Object.keys(SCOPES) as readonly Scope[]

/** Whether a text, from a command or a store's row, is a scope. */
export function isScope(text: string): text is Scope {
  return Object.hasOwn(SCOPES, text)
}
