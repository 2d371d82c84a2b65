import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { createMetrics } from '#src/http/metrics.ts'
import { startHttpServer } from '#src/http/server.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { recordingLog } from '../forge/recording-log.ts'
import { DEPLOY } from './rendered.ts'

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly description: string }
}

const rules: readonly Rule[] = parse(
  await readFile(join(DEPLOY, 'observe/alerts.yaml'), 'utf8'),
).spec.groups.flatMap(({ rules }: { readonly rules: readonly Rule[] }) => rules)
const dashboard: Dashboard = JSON.parse(await readFile(join(DEPLOY, 'observe/dashboard.json'), 'utf8'))

interface Dashboard {
  readonly panels: readonly {
    readonly id: number
    readonly title: string
    readonly gridPos: { readonly x: number; readonly w: number }
    readonly targets: readonly { readonly expr: string }[]
  }[]
}

/** The names of all series that the operator serves. */
async function served(): Promise<ReadonlySet<string>> {
  const queue = () => ({ waiting: 0, delayed: 0, working: 0 })
  const { handler, failed } = createMetrics({ clock: systemClock, version: '0', workQueue: queue })
  failed('ForgeAuth') // a code is a series once it has happened
  const { log } = recordingLog()
  const routes = new Map([['/metrics', handler]])
  const server = await startHttpServer({ host: '127.0.0.1', port: 0, routes, log })
  try {
    const text = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text()
    return new Set([...text.matchAll(/^([a-z_0-9]+)[{ ]/gm)].map(([, name = '']) => name))
  } finally {
    await server.close(0)
  }
}

/** Names in an expression that are followed by a selector, a range, an operator or its end, and are no functions. */
function seriesIn(expr: string): readonly string[] {
  const plain = expr.replaceAll(/"[^"]*"/g, '""').replaceAll(/\b(by|on|without) \([^)]*\)|\bon\(\)/g, '')
  const names = [...plain.matchAll(/\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b(?!\()/g)].map(([name]) => name)
  return names.filter((name) => !name.startsWith('__'))
}

describe('alerts and dashboard', async () => {
  const names = await served()

  it('ask for no series that the operator does not serve', () => {
    const asked = [
      ...rules.map(({ expr }) => expr),
      ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ].flatMap(seriesIn)
    assert.ok(new Set(asked).size > 10)
    assert.deepEqual(
      [...new Set(asked)].filter((name) => !names.has(name)),
      [],
    )
  })

  it('name each alert once, with a severity, a summary and what to do', () => {
    assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length)
    const poor = rules.filter(
      ({ labels, annotations }) =>
        !['info', 'warning', 'critical'].includes(labels.severity) ||
        !annotations.summary ||
        !annotations.description,
    )
    assert.deepEqual(poor, [])
  })

  it('number each panel once, inside the grid', () => {
    assert.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length)
    assert.ok(dashboard.panels.every(({ gridPos: { x, w } }) => x + w <= 24))
  })
})
