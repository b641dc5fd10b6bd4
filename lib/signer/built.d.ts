// What scripts/build-wasm.mjs makes and esbuild puts in.

declare module 'built:glue' {
  export function __wbg_set_wasm(exports: WebAssembly.Exports): void
  /** Where the room is. */
  export function room(): number
  /** Makes a key's states of so many bytes of text. */
  export function key(length: number): void
  /** Signs a timestamp and so many bytes of text behind it. */
  export function sign(timestamp: number, length: number): void
}

declare module 'built:module' {
  /** The module, from wherever this entry has it. */
  export function load(): WebAssembly.Module
}

declare module 'built:base64' {
  const base64: string
  export default base64
}

declare module '*.wasm' {
  const module: WebAssembly.Module
  export default module
}

declare module '*.wasm?module' {
  const module: WebAssembly.Module
  export default module
}
