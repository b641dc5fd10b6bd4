// Workers compile no bytes: the runtime hands the module over, compiled.
import module from './signer_bg.wasm'

export function load(): WebAssembly.Module {
  return module
}
