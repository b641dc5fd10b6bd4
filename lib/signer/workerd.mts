// Loads the module in Cloudflare Workers. They cannot compile wasm bytes, so the runtime provides the compiled module.
import module from './signer_bg.wasm'

export function load(): WebAssembly.Module {
  return module
}
