//! Tests that SQLite answers each query from an index, without a scan of other accounts' rows.

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

#[test]
fn fewer_than_1000_due_rows_count_as_few() {
    let connection = Connection::open_in_memory().unwrap();
    super::super::schema::make(&connection).unwrap();
    for (due, few) in [(999, true), (1_000, false)] {
        let many = format!(
            "DELETE FROM rows; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {due})
            INSERT INTO rows SELECT 'K' || i, 1, 'debit', 'a', '{{}}', i, 0, 1, i, i, NULL FROM n"
        );
        connection.execute_batch(&many).unwrap();
        assert_eq!(few_due(&connection, "a", 0, 5_000).unwrap(), few, "{due}");
    }
}

#[test]
fn with_each_step_sixty_four_pages_go_back_to_the_disk() {
    let folder = std::env::temp_dir().join(format!("eko-eps-pages-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("journal");
    create::ensure(&file, &FileOptions::new(&file)).unwrap();
    let connection = Connection::open(&file).unwrap();
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
        INSERT INTO rows SELECT 'K' || i, 1, 'debit', 'a', printf('%.1000c', 'x'), i, 0, 1, i, i, NULL FROM n; DELETE FROM rows";
    connection.execute_batch(many).unwrap();
    let free = || connection.query_row("PRAGMA freelist_count", [], |row| row.get::<_, u32>(0)).unwrap();
    let before = free();
    assert!(before > 200, "{before}");
    // Without old rows, `prune` gives back the minimum number of pages.
    assert_eq!(prune::prune(&connection, 0, 0, 10).unwrap(), 0);
    assert_eq!(before - free(), 64);
    drop(connection);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn journals_of_16_mib_or_more_skip_the_full_check() {
    let connection = Connection::open_in_memory().unwrap();
    super::super::schema::make(&connection).unwrap();
    let harm = "PRAGMA ignore_check_constraints = 1; UPDATE journal SET one = 2; PRAGMA ignore_check_constraints = 0";
    connection.execute_batch(harm).unwrap();
    assert!(super::super::schema::verify(&connection, 16_777_215).is_err());
    assert!(super::super::schema::verify(&connection, 16_777_216).is_ok());
}
