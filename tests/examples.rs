//! Runs the examples.

#[path = "../examples/transfer.rs"]
mod transfer;

#[test]
fn the_transfer_settles() {
    let result = transfer::main();
    assert!(result.is_ok(), "{result:?}");
}
