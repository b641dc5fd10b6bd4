// Runs a script in a worker instead, and hands over what it says.
const { src, type } = document.currentScript.dataset
const worker = new Worker(src, { type })
worker.onmessage = ({ data }) => globalThis.report(data)
worker.onerror = ({ message }) => globalThis.report({ error: message ?? 'the worker did not start' })
