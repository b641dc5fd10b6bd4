//! The rows of the fault table, by subject.

mod answers;
mod connecting;
mod cut;
mod framing;
mod load;
mod slow;

use crate::certificates::Certificates;
use crate::row::Row;

/// Returns all rows, the slowest first.
pub fn all(certificates: &Certificates) -> Vec<Row> {
    let mut rows = slow::rows();
    rows.extend(connecting::rows(certificates));
    rows.extend(cut::rows());
    rows.extend(framing::rows());
    rows.extend(answers::rows());
    rows.extend(load::rows());
    rows
}
