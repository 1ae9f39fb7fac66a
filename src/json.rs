//! JSON with paths: a cursor that knows its path, and edits at paths.

pub mod edit;
pub mod node;
pub mod path;

use serde_json::{Map, Value};

/// A JSON literal. serde_json's macro serializes the values in it, which can fail, and its error texts would add four
/// kilobytes to every module; this one only takes what [`Value`] can be made from.
macro_rules! json {
    (@fields $fields:ident) => {};
    (@fields $fields:ident $key:literal: {$($value:tt)*} $(, $($rest:tt)*)?) => {
        $crate::json::set(&mut $fields, $key, $crate::json::json!({$($value)*}));
        $crate::json::json!(@fields $fields $($($rest)*)?);
    };
    (@fields $fields:ident $key:literal: [$($value:tt)*] $(, $($rest:tt)*)?) => {
        $crate::json::set(&mut $fields, $key, $crate::json::json!([$($value)*]));
        $crate::json::json!(@fields $fields $($($rest)*)?);
    };
    (@fields $fields:ident $key:literal: $value:expr $(, $($rest:tt)*)?) => {
        $crate::json::set(&mut $fields, $key, ::serde_json::Value::from($value));
        $crate::json::json!(@fields $fields $($($rest)*)?);
    };
    ({$($body:tt)*}) => {{
        #[allow(unused_mut, reason = "a mapping may be empty")]
        let mut fields = ::serde_json::Map::new();
        $crate::json::json!(@fields fields $($body)*);
        ::serde_json::Value::Object(fields)
    }};
    ([$($item:tt),* $(,)?]) => {
        ::serde_json::Value::Array(::std::vec![$($crate::json::json!($item)),*])
    };
    ($value:expr) => {
        ::serde_json::Value::from($value)
    };
}
pub(crate) use json;

/// Sets a field of a mapping.
pub(crate) fn set(fields: &mut Map<String, Value>, key: &str, value: Value) {
    fields.insert(key.to_owned(), value);
}

/// A mapping.
pub fn object(fields: Vec<(&str, Value)>) -> Value {
    let mut object = Map::new();
    for (key, value) in fields {
        set(&mut object, key, value);
    }
    Value::Object(object)
}
