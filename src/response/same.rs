//! Equality of JSON values.

use super::json::{JsonValue, Member};

/// Compares numbers by their text, regardless of the variant: `1.0` and `1` are different. Compares objects regardless of the order of
/// their members.
impl PartialEq for JsonValue<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (JsonValue::Null, JsonValue::Null) => true,
            (JsonValue::Bool(one), JsonValue::Bool(two)) => one == two,
            (JsonValue::Number(_) | JsonValue::Whole(_), JsonValue::Number(_) | JsonValue::Whole(_)) => {
                self.text() == other.text()
            }
            (JsonValue::Text(one), JsonValue::Text(two)) => one == two,
            (JsonValue::List(one), JsonValue::List(two)) => one == two,
            (JsonValue::Object(one), JsonValue::Object(two)) => same_members(one, two),
            (
                JsonValue::Null
                | JsonValue::Bool(_)
                | JsonValue::Number(_)
                | JsonValue::Whole(_)
                | JsonValue::Text(_)
                | JsonValue::List(_)
                | JsonValue::Object(_),
                _,
            ) => false,
        }
    }
}

/// Returns true if both objects have the same members. Each name occurs only once per object. If the order differs, the names are sorted
/// first, so that each value is compared only once at any depth.
fn same_members(one: &[Member<'_>], two: &[Member<'_>]) -> bool {
    let names = |members: &[Member<'_>]| {
        let mut order: Vec<usize> = (0..members.len()).collect();
        order.sort_unstable_by(|one, two| members[*one].0.cmp(&members[*two].0));
        order
    };
    let alike = |(one, two): (&Member<'_>, &Member<'_>)| one.0 == two.0 && one.1 == two.1;
    let in_order = one.len() == two.len() && one.iter().zip(two).all(|(one, two)| one.0 == two.0);
    if in_order {
        return one.iter().zip(two).all(alike);
    }
    one.len() == two.len() && names(one).into_iter().zip(names(two)).all(|(at, other)| alike((&one[at], &two[other])))
}

#[cfg(test)]
mod tests {
    use super::JsonValue;

    #[test]
    fn an_object_has_no_order_and_a_list_has_one() {
        for (one, two, same) in [
            (r#"{"a":1,"b":{"c":2,"d":3}}"#, r#"{"b":{"d":3,"c":2},"a":1}"#, true),
            (r#"{"a":1,"b":2}"#, r#"{"b":1,"a":2}"#, false),
            (r#"{"a":1,"b":2}"#, r#"{"a":1,"c":2}"#, false),
            (r#"{"a":1}"#, r#"{"a":1,"b":2}"#, false),
            ("[1,2]", "[2,1]", false),
            (r#"{"a":1.0}"#, r#"{"a":1}"#, false),
            (r#"{"a":1}"#, r#"{"a":"1"}"#, false),
            (r#"{"a":1,"b":1.5}"#, r#"{"a":1,"b":1.5}"#, true),
        ] {
            let [one, two] = [one, two].map(|text| JsonValue::parse(text).ok());
            assert!(one.is_some() && (one == two) == same);
        }
    }
}
