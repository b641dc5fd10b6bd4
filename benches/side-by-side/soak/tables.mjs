// Tables of the figures of the soak and the outage.
import { table, thousands } from '../tables.mjs'
import { GOALS } from './plan.mjs'

const shown = (value) => (Number.isInteger(value) ? thousands(value) : value.toFixed(2))
const ofSeconds = (ms) => (Number.isFinite(ms) ? `${(ms / 1000).toFixed(1)} s` : 'not in this run')
const synced = (samples) => {
  const all = samples.map(({ syncMs }) => syncMs).sort((a, b) => a - b)
  return `${all[all.length >> 1].toFixed(1)} ms, ${all.at(-1).toFixed(0)} ms`
}
const list = (counts) =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${thousands(count)} ${name}`)
    .join(', ')

export function soakGoals(data) {
  return GOALS.map(([name, figure, { goal, met }]) => {
    const value = figure(data)
    if (value === undefined || Number.isNaN(value)) return [name, goal, 'not measured', '-']
    return [name, goal, Number.isFinite(value) ? shown(value) : 'never', met(value) ? 'met' : 'NOT MET']
  })
}

function soakTable({
  plan,
  loaded,
  made,
  rejected,
  firstRejected,
  kinds,
  judged,
  alarms,
  firstAlarm,
  notices,
  ...seen
}) {
  const rows = [
    ['debits', `${thousands(made)} in ${loaded.toFixed(0)} s, ${plan.rate} a second`],
    ['the bank has answered', list(kinds)],
    ['the bank has booked', thousands(judged.booked)],
    ['in the journal at the end', list(judged.outcomes)],
    ['calls that rejected', rejected > 0 ? `${rejected}, first ${firstRejected}` : '0'],
    ['alarms', alarms > 0 ? `${alarms}, first ${firstAlarm.alarm}: ${firstAlarm.detail}` : '0'],
    ['notices', list(notices) || '0'],
    ['open debits at most', thousands(seen.most)],
    ['memory, median of the last third', `${seen.rssMb.toFixed(0)} MB`],
    ['descriptors at most', seen.descriptors],
    ['event loop, p99 of a second: median, worst', `${seen.lagMs.toFixed(1)} ms, ${seen.worstLagMs.toFixed(0)} ms`],
    ['the disk, longest sync of a second: median, worst', synced(seen.samples)],
  ]
  return table(['', 'seen'], rows)
}

function outageTable({ plan, first, halfMs, endMs, made, late, judged, codes, samples }) {
  const rows = [
    ['open debits, of these overdue', `${thousands(plan.open)}, ${thousands(first)}`],
    ['half of these were asked about after', ofSeconds(halfMs)],
    ['all of these were asked about after', ofSeconds(endMs)],
    ['fresh debits meanwhile, all lost', thousands(made)],
    ['inquiries about them', thousands(late.count)],
    [
      'late by: p50, p99, at most',
      [late.p50Ms, late.p99Ms, late.maxMs].map((ms) => `${(ms / 1000).toFixed(2)} s`).join(', '),
    ],
    ['fresh debits that did not leave', list(codes) || '0'],
    ['in the journal at the end', list(judged.outcomes)],
    ['the disk, longest sync of a second: median, worst', synced(samples)],
  ]
  return table(['', 'seen'], rows)
}

export function soakReport(data) {
  const { soak, outage } = data
  const parts = [`### Soak: goals\n\n${table(['figure', 'goal', 'seen', ''], soakGoals(data))}`]
  if (soak) parts.push(`### Soak: under load\n\n${soakTable(soak)}`)
  if (outage) parts.push(`### Soak: after an outage of an hour\n\n${outageTable(outage)}`)
  return parts.join('\n\n')
}
