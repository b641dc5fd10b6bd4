// Draws the resources that a soak uses, and the open debits after an outage, as lines over time that are legible on
// light and dark pages.
const WIDTH = 820
const LEFT = 60
const HEIGHT = 90
const GAP = 46
const PLOT = WIDTH - LEFT - 20

const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
const rounded = (value) => Math.round(value).toLocaleString('en-US')

/** A bound for an axis: 1, 2 or 5 with noughts. */
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)))
  return [1, 2, 5, 10].map((step) => step * power).find((bound) => bound >= value)
}

function panel({ title, of }, samples, top) {
  const points = samples.map((sample) => [sample.sample, of(sample)]).filter(([, value]) => value !== undefined)
  const length = Math.max(1, samples.at(-1).sample)
  const most = ceiling(Math.max(1, ...points.map(([, value]) => value)))
  const bottom = top + 24 + HEIGHT
  const x = (seconds) => LEFT + (seconds / length) * PLOT
  const y = (value) => bottom - (value / most) * HEIGHT
  const line = points.map(([seconds, value]) => `${x(seconds).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
  const marks = [0, 0.25, 0.5, 0.75, 1].map((part) => part * length)
  return [
    `<text class="title" x="0" y="${top + 14}">${escaped(title)}</text>`,
    ...[0, most / 2, most].map(
      (value) =>
        `<path class="grid" d="M${LEFT} ${y(value)}h${PLOT}"/><text class="label" x="${LEFT - 6}" y="${y(value) + 4}">${most < 10 ? value : rounded(value)}</text>`,
    ),
    ...marks.map(
      (at) =>
        `<text class="foot" x="${x(at).toFixed(1)}" y="${bottom + 14}" text-anchor="middle">${rounded(at)} s</text>`,
    ),
    `<polyline class="line" points="${line}"/>`,
  ]
}

function drawn(label, panels, samples, foot) {
  const body = panels.flatMap((one, index) => panel(one, samples, index * (HEIGHT + GAP)))
  const height = panels.length * (HEIGHT + GAP) + 18
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(label)}">
<style>
text { font: 12px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600; font-size: 14px }
.label { text-anchor: end }
.foot { fill: #656d76; font-size: 11px }
.grid { stroke: #d0d7de }
.line { fill: none; stroke: #1a7f4b; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .foot { fill: #8d96a0 }
  .grid { stroke: #30363d }
  .line { stroke: #3fb950 }
}
</style>
${body.join('\n')}
<text class="foot" x="0" y="${height - 6}">${escaped(foot)}</text>
</svg>
`
}

const footOf = ({ machine, date }) => `${machine.cpu}, ${machine.cores} cores; Node ${machine.node}; ${date}`

const DISK = { title: 'The disk, for comparison: the longest sync of each second, ms', of: ({ syncMs }) => syncMs }

export function soakPicture({ soak, ...data }) {
  const panels = [
    { title: 'Memory (RSS), MB', of: ({ rssMb }) => rssMb },
    { title: 'Open descriptors', of: ({ descriptors }) => descriptors },
    { title: 'Open debits', of: ({ open }) => open },
    { title: 'Event loop, p99 of each second, ms', of: ({ lagMs }) => lagMs },
    DISK,
  ]
  return drawn('a soak: memory, descriptors, open debits, event loop', panels, soak.samples, footOf(data))
}

export function outagePicture({ outage, ...data }) {
  const panels = [
    { title: 'Debits that are overdue to be asked about', of: ({ overdue }) => overdue },
    {
      title: 'Fresh debits: the latest inquiry of each second comes late by, s',
      of: ({ lateMs }) => (lateMs === undefined ? undefined : lateMs / 1000),
    },
    { title: 'Memory (RSS), MB', of: ({ rssMb }) => rssMb },
    DISK,
  ]
  return drawn('after an outage: the backlog, and fresh debits', panels, outage.samples, footOf(data))
}
