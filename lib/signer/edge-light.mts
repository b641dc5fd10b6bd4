// Edge runtimes cannot compile wasm bytes, so the bundler passes the compiled module.
import module from './signer_bg.wasm?module'

export function load(): WebAssembly.Module {
  return module
}
