// Runs in a page whose policy forbids WebAssembly: the error must name the fix, each time.
import { Signer } from 'eko-eps/signer'

const faults = []
for (let round = 0; round < 2; round += 1) {
  try {
    new Signer({ accessKey: 'a', silenceBrowserWarning: true }).sign(1_700_000_000_000)
    faults.push('it signed')
  } catch (error) {
    const named = error.code === 'wasm_unavailable' && error.message.includes("script-src 'wasm-unsafe-eval'")
    if (!named) faults.push(`${error.code}: ${error.message}`)
    if (error.cause?.name !== 'CompileError') faults.push(`its cause is ${error.cause}`)
  }
}
const seen = "the fix: 'wasm-unsafe-eval'"
const failed = faults.length > 0 ? 1 : 0
globalThis.report({ entry: 'eko-eps/signer', seen, count: 1, passed: 1 - failed, failed, faults })
