// Plan of the measurements: which clients are compared, in how many rounds, and for how long.
export const OURS = 'eko-eps'
export const BASE = 'undici request'
const CLOSE = [OURS, 'undici dispatch', BASE]
/** Slow clients. Our client is in the list too, because a ratio compares two clients of the same round. */
const REST = [OURS, 'fetch', 'fetch SDK', 'axios', 'got', 'impit', 'eko-sdk-node']

/**
 * Plan of a full run. Each part lists the clients, the number of rounds, and the number of calls in flight, over HTTP
 * or (`tls`) HTTPS.
 */
export const FULL = {
  warmUpMs: 1000,
  measureMs: 1500,
  parts: [
    { key: '1', inFlight: 1, clients: CLOSE, rounds: 5 },
    { key: '1', inFlight: 1, clients: REST, rounds: 1 },
    { key: '16', inFlight: 16, clients: CLOSE, rounds: 5 },
    { key: '16', inFlight: 16, clients: REST, rounds: 1 },
    { key: '64', inFlight: 64, clients: [...REST, 'undici dispatch', BASE], rounds: 5 },
    { key: '256', inFlight: 256, clients: CLOSE, rounds: 5 },
    { key: '256', inFlight: 256, clients: REST, rounds: 1 },
    { key: '1 TLS', inFlight: 1, clients: [OURS, BASE], rounds: 3, tls: true },
    { key: '16 TLS', inFlight: 16, clients: [OURS, BASE], rounds: 3, tls: true },
    { key: '64 TLS', inFlight: 64, clients: [OURS, 'undici dispatch', 'fetch SDK', BASE], rounds: 5, tls: true },
    { key: '256 TLS', inFlight: 256, clients: [OURS, BASE], rounds: 3, tls: true },
    { key: 'memory', inFlight: 64, calls: 100_000, clients: [OURS, BASE], rounds: 3 },
    { key: 'memory', inFlight: 64, calls: 100_000, clients: [OURS, 'fetch SDK', 'axios'], rounds: 1 },
  ],
  signProcesses: 3,
  signRounds: 30,
  loads: 15,
}

export const QUICK = {
  warmUpMs: 700,
  measureMs: 800,
  parts: [
    { key: '1', inFlight: 1, clients: [OURS, BASE], rounds: 3 },
    { key: '16', inFlight: 16, clients: [OURS, BASE], rounds: 3 },
    { key: '64', inFlight: 64, clients: [OURS, 'fetch SDK', 'axios', BASE], rounds: 3 },
    { key: '256', inFlight: 256, clients: [OURS, BASE], rounds: 3 },
    { key: '64 TLS', inFlight: 64, clients: [OURS, BASE], rounds: 3, tls: true },
    { key: 'memory', inFlight: 64, calls: 100_000, clients: [OURS, BASE], rounds: 1 },
  ],
  signProcesses: 1,
  signRounds: 12,
  loads: 5,
}
