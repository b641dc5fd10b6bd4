//! No question passes over the rows of other accounts.

use super::super::{create, options::FileOptions, prune};
use super::*;

#[test]
fn every_question_is_answered_from_an_index_of_the_account() {
    let folder = std::env::temp_dir().join(format!("eko-eps-plans-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("journal");
    create::ensure(&file, &FileOptions::new(&file)).unwrap();
    let connection = Connection::open(&file).unwrap();
    let plan = |sql: &str| {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let steps = statement.raw_query().mapped(|row| row.get::<_, String>(3));
        steps.map(Result::unwrap).collect::<Vec<_>>().join("; ")
    };
    let due = |index, condition, order| plan(&due_sql(index, condition, order));
    for (plan, index, sorted) in [
        (due("rows_wait", COME, "wait_ms, due_ms, key"), "COVERING INDEX rows_wait (account=?", false),
        (due("rows_due", COME, "due_ms, key"), "COVERING INDEX rows_due (account=? AND due_ms>? AND due_ms<?)", false),
        (due("rows_due", COME, "wait_ms, due_ms, key"), "INDEX rows_due (account=? AND due_ms>? AND due_ms<?)", true),
        (due("rows_ahead", AHEAD, "due_ms, key"), "INDEX rows_ahead (account=? AND <expr>>?)", true),
        (plan(&unresolved_sql()), "INDEX rows_unresolved (kind=? AND account=? AND (created_ms,key)>(?,?))", false),
        (plan(&debits_sql()), "INDEX rows_made (account=? AND (created_ms,key)>(?,?))", false),
        (plan(&debits_sql()), "INDEX archive_made (account=? AND (created_ms,key)>(?,?))", false),
        (plan(&format!("{} {}", prune::OLD, prune::FIRST)), "INDEX rows_old (updated_ms<?)", false),
        (
            plan(&format!("{} {}", prune::OLD_ARCHIVED, prune::FIRST)),
            "COVERING INDEX archive_old (updated_ms<?)",
            false,
        ),
        (plan(&prune::old_debits()), "INDEX rows_old (updated_ms<?)", false),
        (plan(&read_sql()), "SEARCH archive USING INDEX sqlite_autoindex_archive_1 (key=?)", false),
    ] {
        assert!(plan.contains(index), "{plan}");
        assert!(!plan.contains("SCAN"), "{plan}");
        assert_eq!(plan.contains("TEMP B-TREE"), sorted, "{plan}");
    }
    drop(connection);
    std::fs::remove_dir_all(&folder).unwrap();
}
