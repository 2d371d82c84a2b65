/**
 * Writes deploy/kustomize/base/operator.yaml: what the chart renders with its own values, without the CRDs, which the base
 * takes from crds/. The chart is the source; run this after a change of it (`node deploy/render-base.ts`).
 */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findServer } from '#src/embedded/provision.ts'

export const NAMESPACE = 'aiops-operator-system'
export const BASE = join(import.meta.dirname, 'kustomize/base/operator.yaml')
const OPTIONS = ['--namespace', NAMESPACE, '--set', 'namespace.create=true']
const HEAD = '# Made from deploy/chart by deploy/render-base.ts; change it there.\n'

/** The chart's manifests, as YAML. */
export async function renderChart(...options: readonly string[]): Promise<string> {
  const helm = await findServer('helm', { progress: (line) => void process.stderr.write(`${line}\n`) })
  const chart = join(import.meta.dirname, 'chart')
  const { stdout } = await promisify(execFile)(helm, [
    'template',
    'aiops-operator',
    chart,
    ...OPTIONS,
    ...options,
  ])
  return stdout
}

export async function renderBase(): Promise<string> {
  const text = await renderChart('--set', 'crds.install=false')
  return HEAD + text.replaceAll(/^# Source: .*\n/gm, '')
}

if (import.meta.main) await writeFile(BASE, await renderBase())
