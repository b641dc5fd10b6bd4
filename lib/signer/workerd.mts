// Workers cannot compile wasm bytes, so the runtime passes the compiled module.
import module from './signer_bg.wasm'

export function load(): WebAssembly.Module {
  return module
}
