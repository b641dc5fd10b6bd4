// Loads the WebAssembly module in runtimes that can compile it. The module is embedded in this file, so that bundlers
// and servers need no configuration. It is compiled when the first signer is created, not when this file is imported.
import base64 from 'built:base64'

export function load(): WebAssembly.Module {
  try {
    return new WebAssembly.Module(Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0)))
  } catch (cause) {
    const message = "WebAssembly is off: the page's content security policy must have script-src 'wasm-unsafe-eval'"
    throw Object.assign(new Error(message, { cause }), { code: 'wasm_unavailable' })
  }
}
