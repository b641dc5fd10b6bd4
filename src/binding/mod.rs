//! Doors to other languages. Nothing else may name `napi` or `wasm_bindgen`.

// Under test nothing registers the module with Node, and there is no Node to link with; `__test__` tests it where it runs.
#[cfg(all(feature = "node-client", not(test)))]
mod node;

#[cfg(all(target_arch = "wasm32", feature = "wasm"))]
mod wasm;
