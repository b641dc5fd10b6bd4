// Measures some clients, for use during tuning: `node benches/side-by-side/quick.mjs [rounds] [inFlight,...]
// [client,...] [tls]`.
import { middle, ratio, rounds } from './calls.mjs'
import { startServer } from './server.mjs'

const [count = '5', flights = '64', names = 'eko-eps,undici request', tls] = process.argv.slice(2)
const server = await startServer()
const clients = names.split(',')
for (const inFlight of flights.split(',').map(Number)) {
  const job = {
    origin: tls ? server.https : server.http,
    ...(tls ? { ca: server.ca } : {}),
    inFlight,
    warmUpMs: 1000,
    measureMs: 1500,
  }
  const results = await rounds(clients, Number(count), job)
  for (const client of clients) {
    const row = results[client]
    const figure = (name, digits) =>
      `${name} ${middle(row, name).toFixed(digits)} (x${ratio(row, results[clients.at(-1)], name).toFixed(2)})`
    console.log(
      `${inFlight} ${client}: ${figure('callsPerSecond', 0)} ${figure('p50Ms', 3)} ${figure('p99Ms', 3)} ${figure('cpuSecondsPer100k', 2)} ${figure('mainUsPerCall', 1)} ${figure('rssMb', 0)} failed ${row.reduce((all, { failed }) => all + failed, 0)} ${row.find(({ firstError }) => firstError)?.firstError ?? ''}`,
    )
  }
}
await server.stop()
