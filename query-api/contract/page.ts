import { SCOPES } from '../../schemas/scopes.ts'
import type { Json } from './openapi.ts'
import { type Operation, templateOf } from './operation.ts'

/** The contract for people: one page without any script, whose style is another address of ours. */
export function docsPage(operations: readonly Operation[], document: Json): string {
  const paths = document.paths as Record<string, Record<string, Described>>
  const { schemas } = document.components as { schemas: Record<string, Json> }
  const tags = [...new Set(operations.map(({ tag }) => tag))]
  const sections = tags.map((tag) => {
    const own = operations.filter((operation) => operation.tag === tag)
    const shown = own.map((one) => section(one, paths[templateOf(one.path)]![one.method.toLowerCase()]!))
    return `<h2 id="${escaped(tag)}">${escaped(tag)}</h2>${shown.join('')}`
  })
  const entries = operations.map(
    ({ id, method, path }) => `<li><a href="#${escaped(id)}"><b>${method}</b> ${escaped(templateOf(path))}</a></li>`,
  )
  const types = Object.entries(schemas).map(
    ([name, schema]) =>
      `<details id="schema-${escaped(name)}"><summary>${escaped(name)}</summary><pre>${escaped(pretty(schema))}</pre></details>`,
  )
  const scopes = Object.entries(SCOPES).map(([name, says]) => `<dt>${escaped(name)}</dt><dd>${escaped(says)}</dd>`)
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Omnify API</title><link rel="stylesheet" href="/v1/docs.css"></head>
<body><nav><h1>Omnify API</h1><ul>${entries.join('')}</ul></nav>
<main><p>${escaped((document.info as { description: string }).description)}</p>
<p>The same for programs: <a href="/v1/openapi.json">OpenAPI 3.1</a>.</p>
<h2>Scopes</h2><dl>${scopes.join('')}</dl>${sections.join('')}<h2>Schemas</h2>${types.join('')}</main></body></html>
`
}

type Described = {
  readonly parameters?: readonly { name: string; in: string; required: boolean; schema: Json }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema: Json }>> }
  readonly responses: Readonly<
    Record<string, { description: string; content?: Readonly<Record<string, { schema: Json }>> }>
  >
}

function section(operation: Operation, described: Described): string {
  const { details = '', id, method, opened_by, path, summary } = operation
  const parameters = (described.parameters ?? []).map(
    ({ in: place, name, required, schema }) =>
      `<tr><td><code>${escaped(name)}</code></td><td>${place}${required ? ', needed' : ''}</td><td>${escaped(String(schema.description ?? typeText(schema)))}</td></tr>`,
  )
  const bodies = Object.entries(described.requestBody?.content ?? {}).map(
    ([type, { schema }]) =>
      `<details><summary>Body: ${escaped(type)}</summary><pre>${escaped(pretty(schema))}</pre></details>`,
  )
  const answers = Object.entries(described.responses).map(
    ([status, { content, description }]) =>
      `<tr><td>${status}</td><td>${escaped(description)}</td><td>${contents(content)}</td></tr>`,
  )
  return `<section id="${escaped(id)}"><h3><b>${method}</b> ${escaped(templateOf(path))}</h3>
<p>${escaped(summary)}. ${escaped(details)}</p><p>Opened by: <code>${escaped(opened_by)}</code></p>
${parameters.length === 0 ? '' : `<table><thead><tr><th>Parameter</th><th>In</th><th>Meaning</th></tr></thead><tbody>${parameters.join('')}</tbody></table>`}
${bodies.join('')}
<table><thead><tr><th>Status</th><th>Meaning</th><th>Content</th></tr></thead><tbody>${answers.join('')}</tbody></table></section>`
}

function contents(content: Readonly<Record<string, { schema: Json }>> | undefined): string {
  return Object.entries(content ?? {})
    .map(([type, { schema }]) => {
      const name = String(schema.$ref ?? '').replace('#/components/schemas/', '')
      return name === '' ? escaped(type) : `<a href="#schema-${escaped(name)}">${escaped(type)}</a>`
    })
    .join('<br>')
}

function typeText({ enum: words, type }: Json): string {
  if (Array.isArray(words)) return words.join(', ')
  return type === undefined ? '' : String(type)
}

function pretty(value: Json): string {
  return JSON.stringify(value, null, 2)
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

export const DOCS_STYLE = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 0; display: grid; grid-template-columns: minmax(16rem, 22rem) 1fr }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1rem; box-sizing: border-box; border-right: 1px solid #8886 }
nav ul { list-style: none; padding: 0; font-size: .85rem } nav a { color: inherit; text-decoration: none }
main { padding: 1rem 2rem; min-width: 0; max-width: 70rem }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; font-size: .9rem }
th, td { border-bottom: 1px solid #8884; padding: .25rem .5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere }
pre { overflow: auto; max-height: 30rem; padding: .75rem; background: #8881; font-size: .8rem }
section { border-top: 1px solid #8884; margin-top: 1.5rem } h3 b { color: #0a7 }
@media (max-width: 50rem) { body { display: block } nav { position: static; height: auto } }
`
