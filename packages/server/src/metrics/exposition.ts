import type { Histogram } from './histogram.ts'

/** What one name of a metric stands for. Units are part of the name: `_seconds`, `_bytes`; counts end in `_total`. */
export type Metric =
  | { readonly name: string; readonly help: string; readonly type: 'counter' | 'gauge'; readonly value: Value }
  | { readonly name: string; readonly help: string; readonly type: 'histogram'; readonly value: Histogram }

/** One number, or one for each word of a closed list under a label. */
type Value = number | { readonly label: string; readonly by: Iterable<readonly [string, number]> }

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** Prometheus' text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/). */
export function expose(metrics: Iterable<Metric>): string {
  let text = ''
  for (const metric of metrics) {
    const { name, help, type } = metric
    text += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`
    text += metric.type === 'histogram' ? histogram(name, metric.value) : samples(name, metric.value)
  }
  return text
}

function samples(name: string, value: Value): string {
  if (typeof value === 'number') return `${name} ${value}\n`
  let text = ''
  for (const [word, count] of value.by) text += `${name}{${value.label}="${word}"} ${count}\n`
  return text
}

function histogram(name: string, { bounds, counts, sum }: Histogram): string {
  let text = ''
  let count = 0
  for (const [i, bound] of bounds.entries()) {
    count += counts[i] ?? 0
    text += `${name}_bucket{le="${bound}"} ${count}\n`
  }
  count += counts[bounds.length] ?? 0
  return `${text}${name}_bucket{le="+Inf"} ${count}\n${name}_sum ${sum}\n${name}_count ${count}\n`
}
