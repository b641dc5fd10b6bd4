// Loads the WebAssembly module in Cloudflare Workers, which cannot compile its bytes. The runtime provides the compiled
// module.
import module from './signer_bg.wasm'

export function load(): WebAssembly.Module {
  return module
}
