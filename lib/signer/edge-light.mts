// Loads the module in edge runtimes. They cannot compile wasm bytes, so the bundler provides the compiled module.
import module from './signer_bg.wasm?module'

export function load(): WebAssembly.Module {
  return module
}
