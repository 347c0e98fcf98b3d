/** The chart's dashboard as text: what Prometheus answers to the query of each panel. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chartDir } from './chart.ts'
import type { Prometheus, Series } from './prometheus.ts'

export interface Panel {
  title: string
  unit: string
  expressions: string[]
}

/** What Grafana puts in the place of its variables: all namespaces and bots, and a window that has every scrape of a demonstration. */
const VARIABLES: Readonly<Record<string, string>> = {
  ...{ $__rate_interval: '1h', $namespace: '.*', $callbot: '.*' },
}

export function readPanels(text = readFileSync(join(chartDir, 'files', 'dashboard.json'), 'utf8')): Panel[] {
  const { panels } = JSON.parse(text) as Dashboard
  return panels
    .filter(({ targets = [] }) => targets.length > 0)
    .map(({ title, targets, fieldConfig }) => ({
      title,
      unit: fieldConfig?.defaults?.unit ?? 'short',
      expressions: targets!.map(({ expr }) =>
        Object.entries(VARIABLES).reduce((now, [name, value]) => now.replaceAll(name, value), expr),
      ),
    }))
}

interface Dashboard {
  panels: { title: string; targets?: { expr: string }[]; fieldConfig?: { defaults?: { unit?: string } } }[]
}

/** Rows of panel, series and value; a panel without a series has one row. */
export async function dashboardRows({ query }: Pick<Prometheus, 'query'>): Promise<string[][]> {
  const rows: string[][] = []
  for (const { title, unit, expressions } of readPanels()) {
    const series = (await Promise.all(expressions.map(query))).flat()
    if (series.length === 0) rows.push([title, '', 'none'])
    for (const each of series) rows.push([title, labelled(each), asText(each.value, unit)])
  }
  return rows
}

const labelled = ({ labels }: Series) =>
  Object.entries(labels)
    .filter(([name]) => name !== '__name__')
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')

const asText = (value: number, unit: string) =>
  unit === 'percentunit' ? `${(value * 100).toFixed(2)} %` : String(Math.round(value * 100) / 100)
