// Loads the module in all other runtimes. It is embedded in the file, so that bundlers and servers need no
// configuration. It is compiled when the first signer is created, so an import of the file does not compile anything.
import base64 from 'built:base64'

export function load(): WebAssembly.Module {
  try {
    return new WebAssembly.Module(Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0)))
  } catch (cause) {
    const message = "WebAssembly is off here: a page's content security policy needs script-src 'wasm-unsafe-eval'"
    throw Object.assign(new Error(message, { cause }), { code: 'wasm_unavailable' })
  }
}
