//! Bindings to other languages. No other module may name `napi` or `wasm_bindgen`.

// The module is left out of tests: nothing registers it with Node there, and there is no Node to link with. `__test__` tests it inside
// Node.
#[cfg(all(feature = "node-client", not(test)))]
mod node;

// These parts can be tested without Node: they contain panics, and they decide when to wake JavaScript.
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
