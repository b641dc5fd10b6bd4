// Draws the picture in the README: calls per second and signatures, as bars that are legible on light and dark pages.
import { OURS } from './plan.mjs'

const WIDTH = 820
const LABEL = 180
const BAR = 430
const ROW = 26

const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)

function bars(title, rows, top) {
  const longest = Math.max(...rows.map(({ value }) => value))
  const body = rows.map(({ name, value, text }, index) => {
    const y = top + 28 + index * ROW
    const width = Math.max(1, (value / longest) * BAR).toFixed(1)
    const kind = name.startsWith(OURS) ? 'ours' : 'peer'
    return `<text class="label" x="${LABEL - 8}" y="${y + 13}">${escaped(name)}</text><rect class="${kind}" x="${LABEL}" y="${y}" width="${width}" height="18" rx="2"/><text x="${LABEL + Number(width) + 6}" y="${y + 13}">${escaped(text)}</text>`
  })
  return {
    svg: [`<text class="title" x="0" y="${top + 14}">${escaped(title)}</text>`, ...body],
    end: top + 28 + rows.length * ROW + 14,
  }
}

export function picture(data) {
  const descending = (rows) => rows.sort((a, b) => b.value - a.value)
  const calls = descending(
    Object.entries(data.calls['64']).map(([name, { callsPerSecond, cpuSecondsPer100k }]) => ({
      name,
      value: callsPerSecond,
      text: `${Math.round(callsPerSecond).toLocaleString('en-US')}/s, ${(cpuSecondsPer100k * 10).toFixed(0)} µs of CPU`,
    })),
  )
  const sign = descending(
    Object.entries(data.sign.sign).map(([name, { ns }]) => ({
      name: name === 'eko-eps, wasm' ? `${OURS} (wasm)` : name,
      value: 1e9 / ns,
      text: `${(1e3 / ns).toFixed(2)} million/s`,
    })),
  )
  const first = bars('Calls per second, 64 in flight, HTTP/1.1 on loopback', calls, 0)
  const second = bars('Signatures per second, one thread of Node', sign, first.end)
  const { machine, versions } = data
  const foot = `${machine.cpu}, ${machine.cores} cores; Node ${machine.node}; undici ${versions.undici}, axios ${versions.axios}, got ${versions.got}; ${data.date}`
  const height = second.end + 18
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="eko-eps beside other clients">
<style>
text { font: 12px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600; font-size: 14px }
.label { text-anchor: end }
.foot { fill: #656d76; font-size: 11px }
.ours { fill: #1a7f4b }
.peer { fill: #9aa4af }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .foot { fill: #8d96a0 }
  .ours { fill: #3fb950 }
  .peer { fill: #57606a }
}
</style>
${[...first.svg, ...second.svg].join('\n')}
<text class="foot" x="0" y="${second.end + 8}">${escaped(foot)}</text>
</svg>
`
}
