// Edge runtimes compile no bytes: the bundler hands the module over, compiled.
import module from './signer_bg.wasm?module'

export function load(): WebAssembly.Module {
  return module
}
