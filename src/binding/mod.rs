//! Doors to other languages. Nothing else may name `napi` or `wasm_bindgen`.

// Under test nothing registers the module with Node, and there is no Node to link with; `__test__` tests it where it runs.
#[cfg(all(feature = "node-client", not(test)))]
mod node;

// The parts that keep a panic from the process, and that say when JavaScript is woken, can be tested without one.
#[cfg(all(feature = "node", test))]
#[allow(dead_code, reason = "the rest of the door uses it")]
mod node {
    mod engine;
    mod guard;
    mod outbox;
    mod text;
}

#[cfg(all(target_arch = "wasm32", feature = "wasm"))]
mod wasm;
