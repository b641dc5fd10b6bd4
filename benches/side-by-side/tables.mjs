// Tables of the results, in Markdown that is also legible in a terminal.
import { goals } from './goals.mjs'
import { journalReport } from './journal/tables.mjs'
import { OURS } from './plan.mjs'
import { soakReport } from './soak/tables.mjs'

/** Returns a Markdown table with aligned columns. */
export function table(head, rows) {
  const cells = [head, ...rows].map((row) => row.map(String))
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)))
  const line = (row) =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join(' | ')} |`
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [line(cells[0]), rule, ...cells.slice(1).map(line)].join('\n')
}

export const thousands = (value) => Math.round(value).toLocaleString('en-US')
const times = (value) => `${value.toFixed(value < 10 ? 2 : 1)}`

export function goalTable(data) {
  const verdict = ({ met }) => (met === undefined ? '-' : met ? 'met' : 'NOT MET')
  const rows = goals(data).map((row) => [row.name, row.goal, row.seen, verdict(row)])
  return table(['figure', 'goal', 'seen', ''], rows)
}

function signTable(results, base) {
  const rows = Object.entries(results).map(([name, { ns, times: factor }]) => [name, thousands(ns), times(factor)])
  return table(['', 'ns', `times as fast as ${base}`], rows)
}

function callTable(results) {
  const rows = Object.entries(results)
    .sort(([, a], [, b]) => b.callsPerSecond - a.callsPerSecond)
    .map(([client, row]) => [
      client,
      thousands(row.callsPerSecond),
      client === OURS ? '' : times(row.times.callsPerSecond),
      row.p50Ms.toFixed(3),
      row.p99Ms.toFixed(2),
      row.cpuSecondsPer100k.toFixed(2),
      row.mainUsPerCall > 0 ? row.mainUsPerCall.toFixed(1) : '-',
      row.rssMb.toFixed(0),
      row.failed,
      [NOTES[client], row.firstError && `first error: ${row.firstError}`].filter(Boolean).join('; '),
    ])
  return table(
    [
      'client',
      'calls/s',
      'ours is x',
      'p50 ms',
      'p99 ms',
      'CPU s per 100,000',
      'main thread us',
      'RSS MB',
      'failed',
      'does less',
    ],
    rows,
  )
}

function loadTable(load, install) {
  const rows = Object.entries(load).map(([name, row]) => [
    name,
    row.requireMs.toFixed(1),
    row.createMs.toFixed(1),
    row.rssMb.toFixed(1),
    name === OURS ? '' : times(row.times),
  ])
  const loads = table(['', 'require ms', 'client ms', 'RSS + MB', 'times as long as ours'], rows)
  if (install === undefined) return loads
  const sizes = Object.entries(install).map(([name, { bytes, packages }]) => [name, (bytes / 1e6).toFixed(2), packages])
  return `${loads}\n\n${table(['installed', 'MB', 'packages'], sizes)}`
}

const TITLES = {
  memory: '100,000 calls, 64 in flight, from the first (so calls/s holds the start)',
  ...Object.fromEntries([1, 16, 64, 256].map((count) => [`${count} TLS`, `${count} in flight, over TLS`])),
}

/** Notes about clients that do less work than ours. */
const NOTES = {
  'undici dispatch': 'no deadline',
  'eko-sdk-node': 'another call, looks at no outcome',
}

/** Returns a sentence with the date and the machine of the measurement. */
export function measured({ date, machine }) {
  return `Measured ${date} on ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}; Node ${machine.node}, ${machine.rust}.`
}

/** Returns the whole report, section by section. */
export function report(data) {
  const parts = [
    measured(data),
    `Versions: ${Object.entries(data.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}.`,
    `### Goals\n\n${goalTable(data)}`,
  ]
  if (data.calls) {
    for (const [key, results] of Object.entries(data.calls))
      parts.push(`### Calls: ${TITLES[key] ?? `${key} in flight`}\n\n${callTable(results)}`)
  }
  if (data.sign) {
    parts.push(`### One signature\n\n${signTable(data.sign.sign, 'createHmac')}`)
    parts.push(`### Three headers\n\n${signTable(data.sign.headers, 'createHmac')}`)
    const { version, sign } = data.sign.chromium
    parts.push(`### One signature in Chromium ${version}\n\n${signTable(sign, 'WebCrypto')}`)
  }
  if (data.load) parts.push(`### Load and install\n\n${loadTable(data.load, data.size?.install)}`)
  if (data.size) parts.push(`### Sizes\n\n${sizeTable(data.size)}`)
  if (data.counts) {
    const rows = Object.entries(data.counts).map(([name, counted]) => [
      name,
      counted.instructions === undefined ? '-' : thousands(counted.instructions),
      counted.allocations,
    ])
    parts.push(`### In Rust, counted (software hashing)\n\n${table(['', 'instructions', 'allocations'], rows)}`)
  }
  if (data.core) {
    const rows = Object.entries(data.core).map(([name, ns]) => [name, (ns / 1000).toFixed(3)])
    parts.push(`### In Rust (criterion, medians)\n\n${table(['', 'us'], rows)}`)
  }
  if (data.journal) parts.push(journalReport(data.journal))
  if (data.soak) parts.push(soakReport(data.soak))
  return parts.join('\n\n')
}

function sizeTable({ signer, native, nativeWithoutSandbox }) {
  const rows = [
    ['.node', (native / 1e6).toFixed(2), 'MB'],
    ...(nativeWithoutSandbox
      ? [
          ['.node without the sandbox', (nativeWithoutSandbox / 1e6).toFixed(2), 'MB'],
          ['the sandbox in it', ((native - nativeWithoutSandbox) / 1e6).toFixed(2), 'MB'],
        ]
      : []),
    ['wasm, gzip', signer.wasm, 'bytes'],
    ['wasm and loader, gzip', signer.withLoader, 'bytes'],
    ...Object.entries({ ...signer.entries, ...signer.inline }).map(([name, bytes]) => [
      `${name}, gzip`,
      bytes,
      'bytes',
    ]),
  ]
  return table(['', 'size', ''], rows)
}
