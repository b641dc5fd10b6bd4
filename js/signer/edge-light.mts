// Loads the WebAssembly module in edge runtimes, which cannot compile its bytes. The bundler provides the compiled
// module.
import module from './signer_bg.wasm?module'

export function load(): WebAssembly.Module {
  return module
}
