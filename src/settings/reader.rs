//! Reads settings from JSON into the types of a policy, with errors that users understand.
//!
//! serde_json can read a [`Value`] too, but its errors name Rust types, and its error texts, JSON formatting and string
//! search would add 8 kB to every module.

use std::fmt::{self, Display};

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::Value;

/// A JSON value that a policy's settings are read from.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(pub(crate) &'a Value);

/// The error.
#[derive(Debug)]
pub(crate) struct Wrong(pub(crate) String);

impl Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Wrong {}

impl Wrong {
    fn should_be(kind: &str) -> Wrong {
        Wrong(["should be ", kind].concat())
    }
}

impl Error for Wrong {
    fn custom<T: Display>(reason: T) -> Wrong {
        Wrong(reason.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Wrong {
        let expected = expected.to_string();
        Wrong::should_be(match expected.as_str() {
            "u16" => "a whole number from 0 to 65535",
            "a nonzero u16" => "a whole number from 1 to 65535",
            "u32" => "a whole number from 0 to 4294967295",
            "a nonzero u32" => "a whole number from 1 to 4294967295",
            "a boolean" => "true or false",
            "a sequence" => "a list",
            other if other == "a map" || other.starts_with("struct ") => "a mapping",
            other => other,
        })
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Wrong {
        Wrong::invalid_type(unexpected, expected)
    }

    /// Only a field without a default ends [`InOrder`] early, which names it.
    fn invalid_length(_: usize, _: &dyn Expected) -> Wrong {
        Wrong(String::new())
    }

    fn unknown_variant(_: &str, names: &'static [&'static str]) -> Wrong {
        Wrong::should_be(&one_of(names))
    }

    fn unknown_field(field: &str, names: &'static [&'static str]) -> Wrong {
        let start = ["unknown field `", field, "`, "];
        if names.is_empty() {
            return Wrong([start.concat().as_str(), "there are no fields"].concat());
        }
        Wrong([start.concat().as_str(), "expected ", &one_of(names)].concat())
    }

    fn missing_field(field: &'static str) -> Wrong {
        Wrong(["missing field `", field, "`"].concat())
    }

    fn duplicate_field(field: &'static str) -> Wrong {
        Wrong(["duplicate field `", field, "`"].concat())
    }
}

/// `` `a`, `b` or `c` ``
fn one_of(names: &[&str]) -> String {
    let mut text = String::new();
    for (index, name) in names.iter().enumerate() {
        let and = match names.len() - index {
            _ if index == 0 => "",
            1 => " or ",
            _ => ", ",
        };
        for part in [and, "`", name, "`"] {
            text.push_str(part);
        }
    }
    text
}

impl<'de> Reader<'de> {
    /// The error when the visitor doesn't accept the value's type.
    fn mistyped<V: Visitor<'de>>(visitor: &V) -> Wrong {
        Wrong::invalid_type(Unexpected::Other(""), visitor)
    }

    fn number<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        let Value::Number(number) = self.0 else { return Err(Reader::mistyped(&visitor)) };
        match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(number), _, _) => visitor.visit_u64(number),
            (_, Some(number), _) => visitor.visit_i64(number),
            (_, _, number) => visitor.visit_f64(number.unwrap_or_default()),
        }
    }

    fn text<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::String(text) => visitor.visit_borrowed_str(text),
            _ => Err(Reader::mistyped(&visitor)),
        }
    }

    fn list<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Array(items) => visitor.visit_seq(Items(items.iter())),
            _ => Err(Reader::mistyped(&visitor)),
        }
    }

    /// The fields of a struct, if no others are given.
    #[inline(never)]
    fn in_order(self, fields: &'static [&'static str], expected: &dyn Expected) -> Result<InOrder<'de>, Wrong> {
        let Value::Object(given) = self.0 else { return Err(Wrong::invalid_type(Unexpected::Other(""), expected)) };
        for (key, _) in given {
            if !fields.iter().any(|field| field == key) {
                return Err(Wrong::unknown_field(key, fields));
            }
        }
        Ok(InOrder { rest: fields.iter(), given, absent: "" })
    }

    fn mapping<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Object(fields) => visitor.visit_map(Entries { rest: fields.iter(), value: &Value::Null }),
            _ => Err(Reader::mistyped(&visitor)),
        }
    }
}

/// Reads each type by what its visitor expects: code for every kind of JSON would be instantiated for every setting's
/// type.
macro_rules! read_as {
    ($($reader:ident: $($method:ident)*;)*) => {
        $($(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
                self.$reader(visitor)
            }
        )*)*
    };
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(_) => self.number(visitor),
            Value::String(_) => self.text(visitor),
            Value::Array(_) => self.list(visitor),
            Value::Object(_) => self.mapping(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Bool(value) => visitor.visit_bool(*value),
            _ => Err(Reader::mistyped(&visitor)),
        }
    }

    read_as! {
        number: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 deserialize_u8 deserialize_u16
            deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64;
        text: deserialize_char deserialize_str deserialize_string deserialize_identifier;
        list: deserialize_seq;
        mapping: deserialize_map;
    }

    /// Its fields in order: a visitor of mappings has code to match names and to keep each field until the end, 60 kB for
    /// the settings of all policies.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        let mut values = self.in_order(fields, &visitor)?;
        visitor.visit_seq(&mut values).map_err(|wrong| values.explain(wrong))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Wrong> {
        self.list(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        let Value::String(word) = self.0 else { return Err(Wrong::should_be("a word")) };
        visitor.visit_enum(Word(word))
    }

    forward_to_deserialize_any! {
        bytes byte_buf unit unit_struct tuple_struct ignored_any
    }
}

/// The values of a struct's fields. What isn't given has its default.
struct InOrder<'a> {
    rest: std::slice::Iter<'static, &'static str>,
    given: &'a serde_json::Map<String, Value>,
    /// The last field that isn't given.
    absent: &'static str,
}

impl<'a> InOrder<'a> {
    #[inline(never)]
    fn next(&mut self) -> Option<&'a Value> {
        let field = self.rest.next()?;
        let value = self.given.get(*field);
        if value.is_none() {
            self.absent = field;
        }
        value
    }

    #[inline(never)]
    fn explain(&self, wrong: Wrong) -> Wrong {
        if wrong.0.is_empty() { Wrong::missing_field(self.absent) } else { wrong }
    }
}

impl<'de> SeqAccess<'de> for &mut InOrder<'de> {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Wrong> {
        self.next().map(|value| seed.deserialize(Reader(value))).transpose()
    }
}

/// The elements of a list.
struct Items<'a>(std::slice::Iter<'a, Value>);

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Wrong> {
        self.0.next().map(|item| seed.deserialize(Reader(item))).transpose()
    }
}

/// The fields of a mapping.
struct Entries<'a> {
    rest: serde_json::map::Iter<'a>,
    /// The value of the last key.
    value: &'a Value,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Wrong> {
        let Some((key, value)) = self.rest.next() else { return Ok(None) };
        self.value = value;
        let key: StrDeserializer<'de, Wrong> = key.as_str().into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Wrong> {
        seed.deserialize(Reader(self.value))
    }
}

/// A variant without fields.
struct Word<'a>(&'a str);

impl<'de> EnumAccess<'de> for Word<'de> {
    type Error = Wrong;
    type Variant = Unit;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Unit), Wrong> {
        let name: StrDeserializer<'de, Wrong> = self.0.into_deserializer();
        Ok((seed.deserialize(name)?, Unit))
    }
}

/// No setting has variants with fields.
struct Unit;

impl<'de> VariantAccess<'de> for Unit {
    type Error = Wrong;

    fn unit_variant(self) -> Result<(), Wrong> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, Wrong> {
        Err(Wrong::should_be("a mapping"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Wrong> {
        Err(Wrong::should_be("a mapping"))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Wrong> {
        Err(Wrong::should_be("a mapping"))
    }
}
